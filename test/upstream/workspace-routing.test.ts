import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import type { HeaderList } from '../../src/request/header-list.js'
import type { UpstreamRequest } from '../../src/upstream/upstream.js'
import { createRouter, joinPath, readRoute } from '../../src/upstream/workspace-routing.js'

const ACCOUNT = '11111111-2222-3333-4444-555555555555'
const LOGIN: HeaderList = [
  ['authorization', 'Bearer token'],
  ['chatgpt-account-id', ACCOUNT],
  ['x-codex-turn-metadata', '{}'],
  ['user-agent', 'codex'],
]
const accounts = (row: object): string => JSON.stringify({ accounts: [{ id: 'other' }, { id: ACCOUNT, ...row }] })

/** A router whose discovery requests are answered by `answers`, the last one for good. */
function router(base: string | null, ...answers: Array<[status: number, body: string]>) {
  const asked: UpstreamRequest[] = []
  const made = createRouter({
    base: base === null ? null : new URL(base),
    log: silentLog,
    upstream: {
      name: 'native',
      async send(request) {
        asked.push(request)
        const [status, body] = answers[Math.min(asked.length, answers.length) - 1] ?? [500, '']
        return { status, statusText: '', headers: [], body: Readable.from([Buffer.from(body)]) }
      },
      close: async () => {},
    },
  })
  const resolve = (headers: HeaderList = LOGIN, path = '/responses?a=b') =>
    made.resolve({ path, headers, signal: new AbortController().signal })
  return { asked, resolve }
}

describe('where a request goes', () => {
  it("without an account to the API's server, with one to ChatGPT's, which is asked once for the workspace's rule", async () => {
    const { asked, resolve } = router(null, [200, accounts({})])
    expect((await resolve([['authorization', 'Bearer sk']])).url.href).toBe('https://api.openai.com/v1/responses?a=b')
    expect(asked).toHaveLength(0)
    const both = await Promise.all([resolve(), resolve()])
    for (const { url, headers } of both) {
      expect(url.href).toBe('https://chatgpt.com/backend-api/codex/responses?a=b')
      expect(headers).toEqual(LOGIN)
    }
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ method: 'GET', body: null })
    expect(asked[0]?.url.href).toBe('https://chatgpt.com/backend-api/wham/accounts/check')
    expect(asked[0]?.headers.map(([name]) => name)).toEqual([
      'authorization',
      'chatgpt-account-id',
      'user-agent',
      'accept',
    ])
  })

  it('with a base of the user’s own everything goes there, and nobody is asked', async () => {
    const { asked, resolve } = router('https://models.test/base/')
    expect((await resolve()).url.href).toBe('https://models.test/base/responses?a=b')
    expect(asked).toHaveLength(0)
  })

  it("follows the workspace's rule", async () => {
    const row = { workspace_backend_origin: 'https://eu.chatgpt.com', account_routing_override: 'eu-1' }
    const { resolve } = router(null, [200, accounts(row)])
    const { url, headers } = await resolve()
    expect(url.href).toBe('https://eu.chatgpt.com/backend-api/codex/responses?a=b')
    expect(headers.at(-1)).toEqual(['x-openai-account-routing-override', 'eu-1'])
  })

  it.each([401, 403])('%i on the question is left to the request itself', async (status) => {
    expect((await router(null, [status, 'no']).resolve()).url.host).toBe('chatgpt.com')
  })

  it.each<[name: string, answer: [number, string]]>([
    ['an error', [500, '']],
    ['no JSON', [200, '<html>']],
    ['a foreign origin', [200, accounts({ workspace_backend_origin: 'https://evil.test' })]],
    ['an origin without TLS', [200, accounts({ workspace_backend_origin: 'http://eu.chatgpt.com' })]],
    [
      'an origin that looks like one of ours',
      [200, accounts({ workspace_backend_origin: 'https://chatgpt.com.evil.test' })],
    ],
    ['an origin with a login', [200, accounts({ workspace_backend_origin: 'https://a:b@chatgpt.com' })]],
    ['an override that splits the header', [200, accounts({ account_routing_override: 'a\r\nb' })]],
  ])('%s fails the request, and the next one asks again', async (_name, answer) => {
    const { asked, resolve } = router(null, answer, [200, accounts({})])
    await expect(resolve()).rejects.toMatchObject({ code: 'CP_UPSTREAM_CONNECT' })
    expect((await resolve()).url.host).toBe('chatgpt.com')
    expect(asked).toHaveLength(2)
  })

  it.each(['NO_CONSTRAINT', '', null, 5])('%j is no rule', (value) => {
    const text = accounts({ workspace_backend_origin: value, account_routing_override: value })
    expect(readRoute(text, ACCOUNT)).toEqual({ origin: null, override: null })
  })
})

describe('a path below a base', () => {
  it.each([
    ['https://a.test/v1', '/responses?x=%2F&y', 'https://a.test/v1/responses?x=%2F&y'],
    ['https://a.test/v1/', '/responses', 'https://a.test/v1/responses'],
    ['https://a.test', '/responses', 'https://a.test/responses'],
    ['https://a.test/v1?key=1', '/responses', 'https://a.test/v1/responses?key=1'],
    ['https://a.test/v1', '/a/../b', 'https://a.test/v1/b'],
  ])('%s and %s are %s', (base, path, url) => {
    expect(joinPath(new URL(base), path).href).toBe(url)
  })

  it.each(['/../admin', '/%2e%2e/admin', '/a/../../admin', '/..', '/.%2E/v1x'])('%s does not leave it', (path) => {
    expect(() => joinPath(new URL('https://a.test/v1'), path)).toThrow(/leads outside the upstream's base path/)
  })
})
