import { describe, expect, it } from 'vitest'
import { caFile, environmentProxy, isLoopback } from '../../src/upstream/environment-proxy.js'

const through = (url: string, env: NodeJS.ProcessEnv): string | null =>
  environmentProxy(new URL(url), env)?.href ?? null

describe('the proxy for a URL', () => {
  it.each<[url: string, env: NodeJS.ProcessEnv, proxy: string | null]>([
    ['https://chatgpt.com/x', {}, null],
    ['https://chatgpt.com/x', { HTTPS_PROXY: '' }, null],
    ['https://chatgpt.com/x', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://chatgpt.com/x', { https_proxy: 'p:1' }, 'http://p:1/'],
    [
      'https://chatgpt.com/x',
      { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:1', ALL_PROXY: 'http://c:1' },
      'http://a:1/',
    ],
    ['https://chatgpt.com/x', { https_proxy: 'http://b:1', ALL_PROXY: 'http://c:1' }, 'http://b:1/'],
    ['https://chatgpt.com/x', { all_proxy: 'https://c:1' }, 'https://c:1/'],
    ['https://chatgpt.com/x', { all_proxy: 'socks://c:1' }, null],
    ['http://models.test/x', { ALL_PROXY: 'SOCKS://c:1/', all_proxy: 'http://c:1' }, null],
    ['https://chatgpt.com/x', { HTTPS_PROXY: 'socks://c:1', ALL_PROXY: 'http://d:1' }, 'http://d:1/'],
    ['https://chatgpt.com/x', { https_proxy: 'http://d:1', all_proxy: 'socks://c:1' }, 'http://d:1/'],
    ['https://chatgpt.com/x', { HTTP_PROXY: 'http://d:1' }, null],
    ['http://models.test/x', { HTTP_PROXY: 'http://d:1', HTTPS_PROXY: 'http://a:1' }, 'http://d:1/'],
    ['https://localhost/x', { HTTPS_PROXY: 'http://p:1' }, null],
    ['https://127.9.9.9/x', { ALL_PROXY: 'http://p:1' }, null],
    ['https://[::1]:8/x', { ALL_PROXY: 'http://p:1' }, null],
  ])('%s with %j is %s', (url, env, proxy) => {
    expect(through(url, env)).toBe(proxy)
  })

  it.each<[url: string, list: string, exempt: boolean]>([
    ['https://chatgpt.com/', 'chatgpt.com', true],
    ['https://ab.chatgpt.com/', 'chatgpt.com', true],
    ['https://ab.chatgpt.com/', '.chatgpt.com', true],
    ['https://ab.chatgpt.com/', '*.chatgpt.com', true],
    ['https://notchatgpt.com/', 'chatgpt.com', false],
    ['https://chatgpt.com/', 'a, b ,CHATGPT.com', true],
    ['https://chatgpt.com/', 'a b chatgpt.com', true],
    ['https://chatgpt.com/', '*', true],
    ['https://chatgpt.com/', 'chatgpt.com:443', true],
    ['https://chatgpt.com/', 'chatgpt.com:8443', false],
    ['https://chatgpt.com:8443/', 'chatgpt.com:8443', true],
    ['https://10.1.2.3/', '10.0.0.0/8', true],
    ['https://11.1.2.3/', '10.0.0.0/8', false],
    ['https://10.1.2.3/', '10.1.2.3', true],
    ['https://[fd00::1]/', 'fd00::/8', true],
    ['https://[fd00::1]/', 'fd00::1', true],
    ['https://chatgpt.com/', '10.0.0.0/99, ,::/x', false],
    ['https://chatgpt.com/', '', false],
  ])('%s with NO_PROXY=%j: exempt %s', (url, list, exempt) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      expect(through(url, { HTTPS_PROXY: 'http://p:1', [name]: list })).toBe(exempt ? null : 'http://p:1/')
    }
  })

  it.each(['socks5://p:1', 'socks5h://me:hunter2@p:1', 'http://[', 'ftp://p'])('%s is named as what it is', (value) => {
    try {
      through('https://chatgpt.com/', { ALL_PROXY: value })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'CP_UPSTREAM_PROXY', message: expect.stringContaining('ALL_PROXY') })
      expect(String(error)).not.toContain('hunter2')
    }
  })
})

it('the certificates of CODEX_CA_CERTIFICATE come before those of SSL_CERT_FILE', () => {
  expect(caFile({})).toBeNull()
  expect(caFile({ SSL_CERT_FILE: 'a' })).toBe('a')
  expect(caFile({ SSL_CERT_FILE: 'a', CODEX_CA_CERTIFICATE: 'b' })).toBe('b')
  expect(caFile({ SSL_CERT_FILE: 'a', CODEX_CA_CERTIFICATE: '' })).toBe('a')
})

it.each([
  ['localhost', true],
  ['a.localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['localhost.evil.test', false],
  ['127.0.0.1.evil.test', false],
  ['128.0.0.1', false],
])('%s is this machine: %s', (host, is) => {
  expect(isLoopback(host)).toBe(is)
})
