import type tls from 'node:tls'
import { CodexPlusError } from '../errors.js'

/** Signature algorithms by their OIDs in DER: md5WithRSAEncryption, sha1WithRSAEncryption, ecdsa-with-SHA1. */
const WEAK_SIGNATURES = ['2a864886f70d010104', '2a864886f70d010105', '2a8648ce3d0401'].map((hex) =>
  Buffer.from(hex, 'hex'),
)
const RSA_BITS = 2048

/**
 * Throws CP_UPSTREAM_TLS for a certificate of the server, or one that signed it, that is weaker than OpenSSL's own
 * defaults take: the hello needs security level 0, which checks none of that.
 */
export function checkCertificate(socket: tls.TLSSocket, host: string): void {
  let certificate: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  const seen = new Set<string>()
  while (certificate?.raw && !seen.has(certificate.fingerprint256)) {
    const { bits, modulus, raw, issuerCertificate }: tls.DetailedPeerCertificate = certificate
    seen.add(certificate.fingerprint256)
    const root = issuerCertificate?.fingerprint256 === certificate.fingerprint256
    if (modulus !== undefined && (bits ?? 0) < RSA_BITS) throw weak(host, `an RSA key of ${bits} bits`)
    // A root is trusted as it is; who signed it does not count.
    if (!root && WEAK_SIGNATURES.some((oid) => raw.includes(oid))) throw weak(host, 'an MD5 or SHA-1 signature')
    certificate = issuerCertificate
  }
}

function weak(host: string, what: string): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_TLS', `The certificate of ${host} is too weak: it has ${what}.`, {
    hint: `The server needs a certificate with RSA keys of ${RSA_BITS} bits or more and SHA-2 signatures.`,
  })
}
