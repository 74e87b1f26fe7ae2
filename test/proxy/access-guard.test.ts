import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'

let proxy: ProxyUnderTest
let other: ProxyUnderTest
beforeAll(async () => {
  proxy = await startProxy(() => respond(200, [['content-type', 'text/plain']], 'upstream'))
  other = await startProxy(() => respond(200, []))
})
afterAll(async () => {
  await proxy.close()
  await other.close()
})

/** Sends a request that must not pass. */
async function refusedWith(target: string, headers: Record<string, string> = {}, method = 'POST'): Promise<number> {
  const [before, counted] = [proxy.sent.length, proxy.requestCount()]
  const { status, body } = await exchange(proxy.port, method, target, headers, method === 'GET' ? '' : '{"model":"m"}')
  expect(proxy.sent).toHaveLength(before)
  expect(proxy.requestCount()).toBe(counted)
  expect(body.toString()).not.toContain('upstream')
  expect(body.toString()).not.toContain(proxy.secret)
  return status
}

describe('the path segment', () => {
  it('is long, random and safe in a URL', () => {
    expect(proxy.secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(proxy.secret).not.toBe(other.secret)
    expect(proxy.base).toBe(`http://127.0.0.1:${proxy.port}/${proxy.secret}`)
  })

  it('lets a request pass', async () => {
    expect((await exchange(proxy.port, 'GET', proxy.target('/models'))).body.toString()).toBe('upstream')
    expect(proxy.sent.at(-1)?.url.href).toBe('http://upstream.test/v1/models')
  })

  const wrong: ReadonlyArray<readonly [name: string, target: () => string]> = [
    ['none', () => '/v1/responses'],
    ['the root', () => '/'],
    ['another run’s', () => `/${other.secret}/v1/responses`],
    ['the beginning of it', () => `/${proxy.secret.slice(0, -1)}/v1/responses`],
    ['more than it', () => `/${proxy.secret}x/v1/responses`],
    ['other case', () => `/${proxy.secret.toLowerCase()}A/v1/responses`],
    ['behind a double slash', () => `//${proxy.secret}/v1/responses`],
    ['behind another segment', () => `/x/${proxy.secret}/v1/responses`],
    ['behind dots', () => `/./${proxy.secret}/v1/responses`],
    ['behind a way up', () => `/x/../${proxy.secret}/v1/responses`],
    ['percent-encoded', () => `/%${proxy.secret.charCodeAt(0).toString(16)}${proxy.secret.slice(1)}/v1/responses`],
    ['followed by an encoded slash', () => `/${proxy.secret}%2Fv1/responses`],
    ['followed by a query', () => `/${proxy.secret}?/v1/responses`],
    ['in the query', () => `/v1/responses?${proxy.secret}`],
    ['in an absolute target', () => `http://127.0.0.1:${proxy.port}/${proxy.secret}/v1/responses`],
    ['in an absolute target elsewhere', () => `http://evil.test/${proxy.secret}/v1/responses`],
  ]
  it.each(wrong)('%s is refused with 404', async (_name, target) => {
    expect(await refusedWith(target())).toBe(404)
    expect(await refusedWith(target(), {}, 'GET')).toBe(404)
  })

  it('an asterisk for a target is refused', async () => {
    expect([400, 404]).toContain(await refusedWith('*', {}, 'OPTIONS'))
  })

  it.each(['responses', '\\x'])('%s, which is no target, ends the connection', async (target) => {
    await expect(exchange(proxy.port, 'OPTIONS', target)).rejects.toThrow('no response')
  })
})

describe('Host', () => {
  it.each(['127.0.0.1', 'localhost'])('may be %s', async (name) => {
    expect((await exchange(proxy.port, 'GET', proxy.target('/x'), { host: `${name}:${proxy.port}` })).status).toBe(200)
  })

  it.each([
    ['a rebound name', () => `evil.test:${proxy.port}`],
    ['a name that only looks like ours', () => `127.0.0.1.evil.test:${proxy.port}`],
    ['ours without the port', () => '127.0.0.1'],
    ['ours with another port', () => `127.0.0.1:${other.port}`],
    ['ours behind a login', () => `x@127.0.0.1:${proxy.port}`],
    ['another loopback address', () => `127.0.0.2:${proxy.port}`],
    ['an IPv6 one', () => `[::1]:${proxy.port}`],
    ['nothing', () => ''],
    ['nonsense', () => 'a b'],
  ])('%s is refused', async (_name, host) => {
    expect([400, 403]).toContain(await refusedWith(proxy.target('/responses'), { host: host() }))
  })

  it('counts after the segment', async () => {
    expect(await refusedWith('/v1/responses', { host: `evil.test:${proxy.port}` })).toBe(404)
  })
})

describe('Origin', () => {
  it('may be ours', async () => {
    const headers = { origin: `http://127.0.0.1:${proxy.port}` }
    expect((await exchange(proxy.port, 'GET', proxy.target('/x'), headers)).status).toBe(200)
  })

  it.each(['null', '', 'http://evil.test', 'https://127.0.0.1:1', 'http://127.0.0.1'])(
    '%j is refused',
    async (origin) => {
      expect(await refusedWith(proxy.target('/responses'), { origin })).toBe(403)
      expect(
        await refusedWith(proxy.target('/responses'), { origin, 'access-control-request-method': 'POST' }, 'OPTIONS'),
      ).toBe(403)
    },
  )
})

describe('Upgrade', () => {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }
  it('is answered with 426 on the right path, so that codex goes on over HTTP at once', async () => {
    const { status, head } = await exchange(proxy.port, 'GET', proxy.target('/responses'), {
      ...upgrade,
      connection: 'Upgrade, close',
    })
    expect(status).toBe(426)
    expect(head).toMatch(/^HTTP\/1\.1 426 /)
  })

  it('tells nobody else', async () => {
    expect(await refusedWith('/wrong/v1/responses', { ...upgrade, connection: 'Upgrade, close' }, 'GET')).toBe(404)
  })
})

it('never logs the segment', async () => {
  await exchange(proxy.port, 'GET', proxy.target('/models'))
  expect(proxy.logged.length).toBeGreaterThan(0)
  expect(JSON.stringify(proxy.logged)).not.toContain(proxy.secret)
})
