import { describe, expect, it } from 'vitest'
import { createCookieJar } from '../../src/upstream/cookie-jar.js'

const BASE = new URL('https://chatgpt.com/backend-api/codex/responses')

/** What is sent to `to` after `from` set the given cookies; null for no cookie. */
function sent(cookies: string[], from: URL = BASE, to: URL = from, later = 0): string | null {
  let now = 1_000_000
  const jar = createCookieJar(() => now)
  jar.store(
    from,
    cookies.map((value) => ['Set-Cookie', value] as const),
  )
  now += later
  return jar.attach(to, [['accept', '*/*']]).find(([name]) => name === 'cookie')?.[1] ?? null
}

describe('the cookie jar', () => {
  it("keeps Cloudflare's cookies, and nobody else's", () => {
    expect(sent(['__cf_bm=a; Path=/; Secure', 'session=secret', '_cfuvid=b', 'cf_chl_2=c', 'oai-did=d'])).toBe(
      '__cf_bm=a; _cfuvid=b; cf_chl_2=c',
    )
  })

  it.each<[from: string, to: string, kept: boolean]>([
    ['https://chatgpt.com/', 'https://chatgpt.com/backend-api', true],
    ['https://chatgpt.com/', 'https://ab.chatgpt.com/', false],
    ['https://ab.chatgpt.com/', 'https://ab.chatgpt.com/', true],
    ['https://chat.openai.com/', 'https://chat.openai.com/', true],
    ['http://chatgpt.com/', 'http://chatgpt.com/', false],
    ['https://api.openai.com/', 'https://api.openai.com/', false],
    ['https://chatgpt.com.evil.test/', 'https://chatgpt.com.evil.test/', false],
    ['https://notchatgpt.com/', 'https://notchatgpt.com/', false],
  ])('set by %s, sent to %s: %s', (from, to, kept) => {
    expect(sent(['__cf_bm=a; Path=/'], new URL(from), new URL(to))).toBe(kept ? '__cf_bm=a' : null)
  })

  it('honours domain, path and age', () => {
    const sub = new URL('https://ab.chatgpt.com/')
    expect(sent(['__cf_bm=a; Domain=.chatgpt.com; Path=/'], BASE, sub)).toBe('__cf_bm=a')
    expect(sent(['__cf_bm=a; Domain=evil.test'])).toBeNull()
    expect(sent(['__cf_bm=a; Domain=com'])).toBeNull()
    expect(sent(['__cf_bm=a; Path=/backend-api'], BASE, new URL('https://chatgpt.com/backend-apix'))).toBeNull()
    expect(sent(['__cf_bm=a'], BASE, new URL('https://chatgpt.com/other'))).toBeNull()
    expect(sent(['__cf_bm=a; Max-Age=60'], BASE, BASE, 59_000)).toBe('__cf_bm=a')
    expect(sent(['__cf_bm=a; Max-Age=60'], BASE, BASE, 61_000)).toBeNull()
    expect(sent(['__cf_bm=a', '__cf_bm=; Max-Age=0'])).toBeNull()
    expect(sent(['__cf_bm=a; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])).toBeNull()
    expect(sent(['__cf_bm=a', '__cf_bm=b'])).toBe('__cf_bm=b')
    expect(sent(['=x', 'x', '', '__cf_bm'])).toBeNull()
  })

  it("leaves codex's own cookie header alone", () => {
    const jar = createCookieJar()
    jar.store(BASE, [['set-cookie', '__cf_bm=a; Path=/']])
    expect(jar.attach(BASE, [['cookie', 'mine=1']])).toEqual([['cookie', 'mine=1']])
  })
})
