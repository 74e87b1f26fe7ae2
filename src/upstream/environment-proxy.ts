import { BlockList, isIP } from 'node:net'
import { CodexPlusError } from '../errors.js'

/**
 * Returns the proxy of the environment for a URL, or null; always null for loopback. Throws CP_UPSTREAM_PROXY. Desktop settings
 * write `socks://`, a scheme that codex does not know: it goes on to the next kind of variable (seen on 0.169).
 */
export function environmentProxy(url: URL, env: NodeJS.ProcessEnv): URL | null {
  const kinds = [url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY', 'ALL_PROXY']
  const names = kinds.map((kind) => [kind, kind.toLowerCase()].find((candidate) => env[candidate]))
  const name = names.find((candidate) => candidate !== undefined && !/^socks:\/\//i.test(env[candidate] ?? ''))
  if (name === undefined || isLoopback(url.hostname) || isExempt(url, env.NO_PROXY || env.no_proxy || '')) return null
  const value = env[name] ?? ''
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`
  const proxy = URL.canParse(text) ? new URL(text) : null
  if (proxy === null) throw proxyError(`${name} is not a URL`)
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw proxyError(`${name} names a ${proxy.protocol.slice(0, -1)} proxy, which is not supported`)
  }
  return proxy
}

/** Returns the CA file that codex would use, or null (codex-0.169 section 8: CODEX_CA_CERTIFICATE comes first). */
export function caFile(env: NodeJS.ProcessEnv): string | null {
  return env.CODEX_CA_CERTIFICATE || env.SSL_CERT_FILE || null
}

/** Returns whether a host is a loopback address or name. */
export function isLoopback(hostname: string): boolean {
  const host = normalHost(hostname)
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Matches NO_PROXY as curl and codex's client do: hosts, their subdomains, `*`, `host:port`, addresses, CIDR blocks. */
function isExempt(url: URL, list: string): boolean {
  const host = normalHost(url.hostname)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '') return false
    if (entry === '*') return true
    const block = /^([\d.]+|[\da-f:]+)\/(\d+)$/i.exec(entry)
    if (block) return isInBlock(host, block[1] ?? '', Number(block[2]))
    const [, name = '', onPort] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) ? `${entry}` : entry) ?? []
    const wanted = isIP(entry) ? entry : normalHost(name)
    if (!isIP(entry) && onPort !== undefined && onPort !== port) return false
    const domain = wanted.replace(/^\*?\./, '').toLowerCase()
    return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`))
  })
}

function isInBlock(host: string, network: string, bits: number): boolean {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(host) === 0 || isIP(network) === 0) return false
  try {
    const block = new BlockList()
    block.addSubnet(network, bits, family)
    return block.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
  } catch {
    return false
  }
}

function normalHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase()
}

function proxyError(message: string): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_PROXY', `${message}.`, {
    hint: 'Set it to an http:// or https:// proxy, or unset it.',
  })
}
