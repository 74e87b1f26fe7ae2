import { CodexPlusError, type ErrorCode } from '../../errors.js'

/** Patterns of the helper's error messages by error code; the first match wins. The helper's statuses are unreliable. */
const PATTERNS: ReadonlyArray<readonly [ErrorCode, RegExp]> = [
  ['CP_UPSTREAM_TLS', /x509|certificate|tls:|Handshake\(\)|handshake failure/],
  ['CP_UPSTREAM_TIMEOUT', /i\/o timeout|Client\.Timeout|deadline exceeded|TLS handshake timeout/],
  ['CP_UPSTREAM_CONNECT', /dial tcp|no such host|connection refused|unreachable/],
  ['CP_UPSTREAM_RESET', /EOF|reset by peer|broken pipe|closed|GOAWAY|RST_STREAM|stream error|transport connection/],
]

/**
 * Returns the error of a request without a response: the error of the tunnel if there is one, else one from the helper's
 * message (never from its invented status).
 */
export function beforeHeaders(host: string, message: string, seen: CodexPlusError | null): CodexPlusError {
  if (seen !== null) return seen
  const reason = reasonOf(message)
  const code = PATTERNS.find(([, pattern]) => pattern.test(reason))?.[0] ?? 'CP_UPSTREAM_HELPER'
  const hint =
    code === 'CP_UPSTREAM_TLS' && /x509|certificate/.test(reason)
      ? 'For a private certificate authority, set CODEX_CA_CERTIFICATE or SSL_CERT_FILE to its certificate file.'
      : undefined
  return new CodexPlusError(code, `${host} gave no answer: ${reason}.`, hint === undefined ? {} : { hint })
}

/** Returns the error of a response that broke off after its headers. */
export function afterHeaders(host: string, seen: CodexPlusError | null): CodexPlusError {
  return (
    seen ?? new CodexPlusError('CP_UPSTREAM_TRUNCATED', `${host} closed the connection in the middle of its response.`)
  )
}

/** Returns the error of a request during which the helper died. */
export function helperDied(): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_HELPER', 'The cycletls helper ended in the middle of a request.')
}

/** Extracts the last clause of the helper's message, which repeats everything before and after an arrow, with the URL. */
function reasonOf(message: string): string {
  const last = message.slice(message.lastIndexOf('-> \n') + 1).replace(/^[->\s]+/, '')
  return last.replace(/^\w+ "[^"]*": /, '').slice(0, 300) || 'it gave no reason'
}
