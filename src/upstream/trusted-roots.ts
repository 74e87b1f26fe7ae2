import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { CodexPlusError } from '../errors.js'

/**
 * Returns a TLS context with Node's own roots and those of the user's CA file. Throws CP_UPSTREAM_TLS where that file
 * cannot be read. Parsing Node's list again, which `ca` needs, takes 40 ms; adding to it takes one.
 */
export function trustedContext(options: tls.SecureContextOptions, file: string | null): tls.SecureContext {
  if (file === null) return tls.createSecureContext(options)
  try {
    const ca = readFileSync(file, 'utf8')
    const context = tls.createSecureContext(options)
    const { addCACert } = context.context as { addCACert?: (pem: string) => void }
    // Every Node that is supported has it, though it is not documented.
    if (addCACert === undefined) return tls.createSecureContext({ ...options, ca: [...tls.rootCertificates, ca] })
    addCACert.call(context.context, ca)
    return context
  } catch (cause) {
    throw new CodexPlusError('CP_UPSTREAM_TLS', `The certificates in ${file} could not be read.`, {
      hint: 'Fix or unset CODEX_CA_CERTIFICATE or SSL_CERT_FILE.',
      cause,
    })
  }
}
