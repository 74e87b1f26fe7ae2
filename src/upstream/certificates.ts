import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import * as tls from 'node:tls'
import { CodexPlusError } from '../errors.js'
import { statsOf } from '../paths.js'
import { caFile } from './environment-proxy.js'

/** Where systems keep the certificates of the authorities they trust: the first of these that exists counts. */
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
/** Folders with one file for each authority. */
export const SYSTEM_FOLDERS = ['/etc/ssl/certs', '/etc/pki/tls/certs'] as const

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g
/** Size limit of one file, in bytes; a link in a folder may lead anywhere. */
const FILE_LIMIT = 16 * 1024 * 1024

const known = new WeakMap<NodeJS.ProcessEnv, readonly string[]>()

/**
 * Returns a TLS context that trusts Node's own authorities, those of the system, and those that codex takes from the
 * environment (CODEX_CA_CERTIFICATE, else SSL_CERT_FILE; SSL_CERT_DIR; seen on 0.169). They are read once for an environment.
 * Throws CP_UPSTREAM_TLS if the file that the environment names is unusable.
 */
export function trustedContext(options: tls.SecureContextOptions, env: NodeJS.ProcessEnv): tls.SecureContext {
  let more = known.get(env)
  if (more === undefined) {
    more = readAuthorities(env)
    known.set(env, more)
  }
  const context = tls.createSecureContext(options)
  if (more.length === 0) return context
  // Parsing Node's list again, which `ca` needs, takes 100 ms; adding to it takes ten. Every Node that is supported has the
  // function, though it is not documented.
  const { addCACert } = context.context as { addCACert?: (pem: string) => void }
  if (addCACert === undefined) return tls.createSecureContext({ ...options, ca: [...tls.rootCertificates, ...more] })
  // One by one: it stops at the first that it cannot read.
  for (const certificate of more) addCACert.call(context.context, certificate)
  return context
}

function readAuthorities(env: NodeJS.ProcessEnv): readonly string[] {
  const bundled = new Set(tls.rootCertificates.map(comparable))
  const found = new Map<string, string>()
  const add = (certificates: readonly string[]): void => {
    for (const certificate of certificates) {
      const key = comparable(certificate)
      if (!bundled.has(key)) found.set(key, certificate)
    }
  }
  const file = caFile(env)
  if (file !== null) {
    const named = certificatesIn(readNamed(file))
    if (!named.some(isUsable)) throw unusable(file)
    add(named)
  }
  for (const folder of (env.SSL_CERT_DIR ?? '').split(delimiter).filter(Boolean)) {
    for (const path of filesIn(folder)) add(certificatesIn(readIfPossible(path)))
  }
  add(systemCertificates())
  return [...found.values()]
}

function systemCertificates(): readonly string[] {
  const file = SYSTEM_FILES.find((path) => statsOf(path)?.isFile())
  if (file !== undefined) return certificatesIn(readIfPossible(file))
  // Node 22.15 and 23.10 on can ask macOS and Windows; older ones do not have the function.
  const { getCACertificates } = tls as { getCACertificates?(store: 'system'): string[] }
  return getCACertificates?.('system') ?? []
}

function certificatesIn(text: string): readonly string[] {
  return text.match(CERTIFICATE) ?? []
}

function isUsable(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).raw.length > 0
  } catch {
    return false
  }
}

function readNamed(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw unusable(file, cause)
  }
}

function unusable(file: string, cause?: unknown): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_TLS', `The certificates in ${file} could not be read.`, {
    hint: 'Fix or unset CODEX_CA_CERTIFICATE or SSL_CERT_FILE.',
    cause,
  })
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return []
  }
}

function readIfPossible(path: string): string {
  try {
    const stats = statsOf(path)
    return stats?.isFile() && stats.size <= FILE_LIMIT ? readFileSync(path, 'utf8') : ''
  } catch {
    return ''
  }
}

/** The Base64 text of a certificate alone: files break its lines differently. */
function comparable(certificate: string): string {
  let text = ''
  for (const line of certificate.split('\n')) if (!line.startsWith('-')) text += line.trim()
  return text
}
