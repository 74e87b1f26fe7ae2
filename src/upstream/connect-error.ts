import { CodexPlusError } from '../errors.js'

/** The error of a request that got no answer, from node's own. */
export function connectError(cause: NodeJS.ErrnoException, url: URL, signal: AbortSignal): CodexPlusError {
  if (cause instanceof CodexPlusError) return cause
  const { host } = url
  if (signal.aborted) return new CodexPlusError('CP_UPSTREAM_ABORTED', 'codex closed the request.', { cause })
  const code = cause.code ?? ''
  if (isCertificateProblem(code)) {
    return new CodexPlusError('CP_UPSTREAM_TLS', `The certificate of ${host} is not trusted (${code}).`, {
      hint: 'If a proxy of your own stands between, name its certificate in CODEX_CA_CERTIFICATE.',
      cause,
    })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CodexPlusError('CP_UPSTREAM_CONNECT', `The name ${host} could not be looked up.`, {
      hint: 'Is there a network, and does the address hold?',
      cause,
    })
  }
  if (code === 'ETIMEDOUT')
    return new CodexPlusError('CP_UPSTREAM_TIMEOUT', `${host} did not answer: ${cause.message}.`, { cause })
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new CodexPlusError('CP_UPSTREAM_RESET', `${host} closed the connection before it answered.`, { cause })
  }
  return new CodexPlusError('CP_UPSTREAM_CONNECT', `${host} could not be reached: ${cause.message}.`, { cause })
}

/** Node's and OpenSSL's codes for a certificate that does not hold (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
function isCertificateProblem(code: string): boolean {
  return /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_)/.test(code)
}
