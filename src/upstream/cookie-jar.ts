import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'

/** Cloudflare's cookies, the only ones codex keeps (codex-0.169 section 8, chatgpt_cloudflare_cookies.rs). */
const NAMES = new Set([
  '__cf_bm',
  '__cflb',
  '__cfruid',
  '__cfseq',
  '__cfwaitingroom',
  '_cfuvid',
  'cf_clearance',
  'cf_ob_info',
  'cf_use_ob',
])
const HOSTS = ['chatgpt.com', 'chat.openai.com']

interface Cookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly hostOnly: boolean
  readonly path: string
  readonly expires: number
}

/** A cookie jar of this process, for https chatgpt hosts and Cloudflare's names only. */
export interface CookieJar {
  /** The headers with the cookies that belong to `url`. */
  attach(url: URL, headers: HeaderList): HeaderList
  /** Keeps what a response set. */
  store(url: URL, headers: HeaderList): void
}

/** Makes an empty jar; `now` gives the time in ms. */
export function createCookieJar(now: () => number = Date.now): CookieJar {
  const cookies = new Map<string, Cookie>()
  return {
    attach(url, headers) {
      if (!isOurs(url) || headerValue(headers, 'cookie') !== null) return headers
      const fitting = [...cookies.values()].filter((cookie) => cookie.expires > now() && fits(cookie, url))
      if (fitting.length === 0) return headers
      return [...headers, ['cookie', fitting.map(({ name, value }) => `${name}=${value}`).join('; ')]]
    },
    store(url, headers) {
      if (!isOurs(url)) return
      for (const [name, value] of headers) {
        if (name.toLowerCase() !== 'set-cookie') continue
        const cookie = parse(value, url, now())
        if (cookie === null) continue
        const key = `${cookie.name};${cookie.domain};${cookie.path}`
        if (cookie.expires <= now()) cookies.delete(key)
        else cookies.set(key, cookie)
      }
    },
  }
}

function isOurs(url: URL): boolean {
  return url.protocol === 'https:' && HOSTS.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
}

/** RFC 6265 sections 5.2 and 5.3, as far as these names need it. */
function parse(header: string, url: URL, now: number): Cookie | null {
  const [pair = '', ...rest] = header.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  const name = pair.slice(0, equals)
  if (equals < 1 || !(NAMES.has(name) || name.startsWith('cf_chl_'))) return null
  const attributes = new Map(
    rest.map((part) => {
      const [key = '', ...value] = part.split('=')
      return [key.trim().toLowerCase(), value.join('=').trim()] as const
    }),
  )
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? ''
  if (domain !== '' && url.hostname !== domain && !url.hostname.endsWith(`.${domain}`)) return null
  if (domain !== '' && !HOSTS.some((host) => domain === host || domain.endsWith(`.${host}`))) return null
  const path = attributes.get('path') ?? ''
  return {
    name,
    value: pair.slice(equals + 1),
    domain: domain || url.hostname,
    hostOnly: domain === '',
    path: path.startsWith('/') ? path : defaultPath(url),
    expires: expiry(attributes, now),
  }
}

function defaultPath(url: URL): string {
  return url.pathname.slice(0, url.pathname.lastIndexOf('/')) || '/'
}

function expiry(attributes: ReadonlyMap<string, string>, now: number): number {
  const age = attributes.get('max-age')
  if (age !== undefined && /^-?\d+$/.test(age)) return now + Number(age) * 1000
  const date = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(date) ? Number.POSITIVE_INFINITY : date
}

function fits(cookie: Cookie, url: URL): boolean {
  const host = url.hostname
  if (host !== cookie.domain && (cookie.hostOnly || !host.endsWith(`.${cookie.domain}`))) return false
  const path = url.pathname
  return path === cookie.path || path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`)
}
