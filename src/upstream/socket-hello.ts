import type tls from 'node:tls'
import { trustedContext } from './certificates.js'

/** The JA4 of the ClientHello of codex 0.169's WebSocket, whatever CA file is set (websocket section 3). */
export const SOCKET_JA4 = 't13d101000_61a7ad8aa9b6_0d308c48d2a3'

/** codex's own order; `@SECLEVEL=0` makes OpenSSL send 00ff instead of extension 65281, as rustls does. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:@SECLEVEL=0',
].join(':')
const SIGNATURES = [
  'ecdsa_secp384r1_sha384:ecdsa_secp256r1_sha256:ecdsa_secp521r1_sha512:ed25519',
  'rsa_pss_rsae_sha512:rsa_pss_rsae_sha384:rsa_pss_rsae_sha256:rsa_pkcs1_sha512:rsa_pkcs1_sha384:rsa_pkcs1_sha256',
].join(':')

/** SSL_OP_NO_TLSv1, SSL_OP_NO_TLSv1_1 and SSL_OP_NO_ENCRYPT_THEN_MAC of OpenSSL. */
const OPTIONS = 0x04000000 | 0x10000000 | 0x00080000

/** Whether this Node's OpenSSL can send codex's own hello: 3.5 and later have ML-KEM and ML-DSA (Node 22.23, 24.5). */
export function hasOwnHello(openssl: string = process.versions.openssl ?? ''): boolean {
  const [major = 0, minor = 0] = openssl.split('.').map(Number)
  return major > 3 || (major === 3 && minor >= 5)
}

/**
 * Returns the TLS options that send the hello of codex's WebSocket, or with an older OpenSSL one that is near it, and that
 * trust the authorities of the system and the environment too. Throws CP_UPSTREAM_TLS where these cannot be read.
 */
export function socketHello(env: NodeJS.ProcessEnv): tls.ConnectionOptions {
  const own = hasOwnHello()
  const shape = {
    ciphers: CIPHERS,
    // The stars ask for two key shares, which is OpenSSL 3.5's notation.
    ecdhCurve: own ? '*X25519MLKEM768:*X25519:prime256v1:secp384r1' : 'X25519:prime256v1:secp384r1',
    sigalgs: own ? `${SIGNATURES}:mldsa44:mldsa65:mldsa87` : SIGNATURES,
    minVersion: 'TLSv1',
    secureOptions: OPTIONS,
  } as const
  const secureContext = trustedContext(shape, env)
  return { ...shape, secureContext, ALPNProtocols: [], requestOCSP: true } as tls.ConnectionOptions
}
