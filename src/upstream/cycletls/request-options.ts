import { validateHeaderName, validateHeaderValue } from 'node:http'
import { CodexPlusError } from '../../errors.js'
import type { HeaderList } from '../../request/header-list.js'
import type { UpstreamRequest } from '../upstream.js'
import type { RequestOptions } from './helper-frames.js'
import { handshakeOptions, type Profile } from './tls-profiles.js'

/** Headers that the helper writes itself, or (accept-encoding) that codex never sends. */
const WRITTEN_BY_HELPER = new Set(['host', 'content-length', 'accept-encoding'])

/** RFC 9110 section 9.1: a method is a token. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * Converts a request to the helper's format. Throws CP_UPSTREAM_REQUEST for input that would make the helper exit or would
 * split the request: a method that is not a token, CR, LF or NUL in a header.
 */
export function requestOptions(request: UpstreamRequest, profile: Profile, proxy: string): RequestOptions {
  const { method, url } = request
  if (!METHOD.test(method)) throw invalid(`the method ${JSON.stringify(method.slice(0, 40))} is not a token`)
  if (url.username !== '' || url.password !== '') throw invalid('the URL contains a user name or a password')
  const headers = joinHeaders(request.headers)
  const order = [...headers.keys()]
  // codex writes only content-length after host; unless host is listed here, the helper writes it after content-length.
  if (profile === 'codex') headers.set('host', url.host)
  return {
    url: withoutFragment(url),
    method,
    headers: Object.fromEntries(headers),
    headerOrder: profile === 'codex' ? [...order, 'host'] : order,
    userAgent: headers.get('user-agent') ?? '',
    proxy,
    ...handshakeOptions(profile),
  }
}

/** Lower-cases the names and keeps their order; repeated headers are joined (RFC 9110 section 5.3, RFC 9113 for cookie). */
function joinHeaders(list: HeaderList): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of list) {
    checkHeader(name, value)
    const key = name.toLowerCase()
    if (WRITTEN_BY_HELPER.has(key)) continue
    const earlier = headers.get(key)
    const text = wireText(value)
    headers.set(key, earlier === undefined ? text : `${earlier}${key === 'cookie' ? '; ' : ', '}${text}`)
  }
  return headers
}

function checkHeader(name: string, value: string): void {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch (cause) {
    // The value may be a credential, so the message does not contain it.
    throw invalid(
      `the header ${JSON.stringify(name.slice(0, 60))} contains a character that HTTP does not allow`,
      cause,
    )
  }
}

/** Converts a header value from latin1 to the helper's UTF-8 JSON: bytes that are valid UTF-8 are decoded as such. */
function wireText(value: string): string {
  const text = Buffer.from(value, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? value : text
}

function withoutFragment(url: URL): string {
  const hash = url.href.indexOf('#')
  return hash === -1 ? url.href : url.href.slice(0, hash)
}

function invalid(what: string, cause?: unknown): CodexPlusError {
  return new CodexPlusError('CP_UPSTREAM_REQUEST', `The request cannot be sent upstream: ${what}.`, { cause })
}
