import { CodexPlusError, type ErrorCode } from '../../errors.js'

/** How the helper words what went wrong, by kind, the first that fits. Its statuses are not to be trusted. */
const WORDINGS: ReadonlyArray<readonly [ErrorCode, RegExp]> = [
  ['CP_UPSTREAM_TLS', /x509|certificate|tls:|Handshake\(\)|handshake failure/],
  ['CP_UPSTREAM_TIMEOUT', /i\/o timeout|Client\.Timeout|deadline exceeded|TLS handshake timeout/],
  ['CP_UPSTREAM_CONNECT', /dial tcp|no such host|connection refused|unreachable/],
  ['CP_UPSTREAM_RESET', /EOF|reset by peer|broken pipe|closed|GOAWAY|RST_STREAM|stream error|transport connection/],
]

/**
 * The error of a request that got no answer: what the tunnel saw, else what the helper's message (never its pseudo-
 * status) says.
 */
export function beforeHeaders(host: string, message: string, seen: CodexPlusError | null): CodexPlusError {
  if (seen !== null) return seen
  const words = wording(message)
  const code = WORDINGS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'CP_UPSTREAM_HELPER'
  const hint =
    code === 'CP_UPSTREAM_TLS' && /x509|certificate/.test(words)
      ? 'A private certificate authority goes into CODEX_CA_CERTIFICATE or SSL_CERT_FILE.'
      : undefined
  return new CodexPlusError(code, `${host} gave no answer: ${words}.`, hint === undefined ? {} : { hint })
}

/** The error of an answer that broke off after its headers. */
export function afterHeaders(host: string, seen: CodexPlusError | null): CodexPlusError {
  return seen ?? new CodexPlusError('CP_UPSTREAM_TRUNCATED', `${host} ended its answer in the middle.`)
}

/** The helper died with the request. */
export function helperDied(): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_HELPER', 'The cycletls helper ended in the middle of a request.')
}

/** The message says everything twice around an arrow, with the URL in it: the last clause alone is of use. */
function wording(message: string): string {
  const last = message.slice(message.lastIndexOf('-> \n') + 1).replace(/^[->\s]+/, '')
  return last.replace(/^\w+ "[^"]*": /, '').slice(0, 300) || 'it gave no reason'
}
