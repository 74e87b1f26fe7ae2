import { CodexPlusError } from '../errors.js'

/** Converts Node's error of a request without a response to a CodexPlusError. */
export function connectError(cause: NodeJS.ErrnoException, url: URL, signal: AbortSignal): CodexPlusError {
  if (cause instanceof CodexPlusError) return cause
  const { host } = url
  if (signal.aborted) return new CodexPlusError('CP_UPSTREAM_ABORTED', 'codex closed the request.', { cause })
  const code = cause.code ?? ''
  if (isCertificateProblem(code)) {
    return new CodexPlusError('CP_UPSTREAM_TLS', `The certificate of ${host} is not trusted (${code}).`, {
      hint: 'If you use a proxy that decrypts TLS, set CODEX_CA_CERTIFICATE to its certificate file.',
      cause,
    })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CodexPlusError('CP_UPSTREAM_CONNECT', `The name ${host} could not be looked up.`, {
      hint: CHECK_ADDRESS,
      cause,
    })
  }
  if (code === 'ETIMEDOUT')
    return new CodexPlusError('CP_UPSTREAM_TIMEOUT', `${host} did not answer: ${cause.message}.`, { cause })
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new CodexPlusError('CP_UPSTREAM_RESET', `${host} closed the connection before it answered.`, { cause })
  }
  return new CodexPlusError('CP_UPSTREAM_CONNECT', `${host} could not be reached: ${cause.message}.`, {
    hint: CHECK_ADDRESS,
    cause,
  })
}

const CHECK_ADDRESS = 'Check the network connection and the address.'

/**
 * Returns whether a code of Node or OpenSSL means an invalid certificate
 * (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 */
function isCertificateProblem(code: string): boolean {
  return /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_)/.test(code)
}
