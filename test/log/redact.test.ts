import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact, redactValue } from '../../src/log/redact.js'
import { scaled } from '../time.js'

const JWT = 'eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImR1bW15In0.c2ln'
const KEY = 'sk-dummy-0000000000000000codexplus'
const SEGMENT = 'aB3_-'.repeat(8).concat('xyz')

describe('redact', () => {
  it.each([
    ['a bearer token', 'authorization: Bearer abcdef123456', ['abcdef123456']],
    ['a bearer token in any case', 'BEARER abcdef123456', ['abcdef123456']],
    ['a bearer token on the next line', 'Bearer\nabcdef123456', ['abcdef123456']],
    ['a basic login', 'Proxy-Authorization: Basic dXNlcjpwYXNz', ['dXNlcjpwYXNz']],
    ['a basic login by itself', 'curl -u Basic YWxhZGRpbjpvcGVu, done', ['YWxhZGRpbjpvcGVu']],
    ['a padded basic login', '"Basic dXNlcjpwYXNzdw=="', ['dXNlcjpwYXNzdw']],
    ['a header of small letters', 'authorization: basic abcdefgh', ['abcdefgh']],
    ['a JWT', `token ${JWT} end`, [JWT, 'eyJlbWFpbCI6']],
    ['a JWT after a newline', `x\n${JWT}`, [JWT]],
    ['a key', `key=${KEY}.`, [KEY, 'dummy']],
    ['a key after a line break', `first\n${KEY}`, [KEY]],
    ['a key after an escaped line break', `first\\n${KEY}`, [KEY]],
    ['every cookie of a header', 'cookie: a=first; b=second; c=third', ['first', 'second', 'third']],
    ['a set-cookie header', 'Set-Cookie: __cf_bm=value; path=/; Secure', ['value']],
    ['JSON within the text', '{"access_token":"abcd1234","refresh_token": "efgh5678"}', ['abcd1234', 'efgh5678']],
    ['escaped JSON within the text', String.raw`{\"id_token\":\"abcd1234\"}`, ['abcd1234']],
    ['a variable', 'OPENAI_API_KEY=abcd1234', ['abcd1234']],
    ['a URL with a login', 'http://user:hunter22@proxy.test:8080/', ['user', 'hunter22']],
    ['a URL with a token alone', 'https://ghp_dummy@host.test/x', ['ghp_dummy']],
    ['a URL with an @ in the password', 'http://user:p@ss@proxy.test/', ['p@ss', 'ss@']],
    ['our address', `http://127.0.0.1:4000/${SEGMENT}/v1/responses`, [SEGMENT]],
    ['our address by name', `http://localhost:4000/${SEGMENT}`, [SEGMENT]],
    ['our path alone', `/${SEGMENT}/v1/models?x=1`, [SEGMENT]],
    ['our path inside another', `GET /x/${SEGMENT}/v1`, [SEGMENT]],
  ])('takes %s out', (_name, text, secrets) => {
    const result = redact(text)
    for (const secret of secrets) expect(result).not.toContain(secret)
    expect(result).toMatch(/\[redacted( jwt| key)?\]|\[segment\]/)
  })

  it.each([
    'the quick brown fox',
    'simple edits, basic instructions, Basic responsibilities and basic JavaScript',
    'https://api.openai.com/v1/responses',
    'https://registry.test/@scope/name',
    'mail dummy@example.com',
    'task-12 and risk-assessment-report',
    'input_tokens: 1200, total_tokens: 3400',
    '/home/user/project/.claude/commands/fix.md',
    '01a202eb-0768-73f3-806f-9fbc8343a23c',
  ])('leaves %s alone', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('is done after one pass', () => {
    const piece = fc.constantFrom(
      'Bearer ',
      KEY,
      JWT,
      '\n',
      '"',
      ' ',
      'cookie: a=b',
      'http://u:p@h/',
      `/${SEGMENT}/`,
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redact(pieces.join(''))
        expect(redact(once)).toBe(once)
        expect(once).not.toContain(JWT)
      }),
    )
  })

  it('takes time in proportion to the text', () => {
    const started = performance.now()
    for (const unit of [
      '//a:',
      'Bearer ',
      'Basic ',
      'Basic abcd',
      'eyJ',
      'sk-',
      'cookie=',
      'authorization:',
      `/${SEGMENT}`,
    ])
      redact(unit.repeat(20_000))
    expect(performance.now() - started).toBeLessThan(scaled(5000))
  })
})

describe('redactValue', () => {
  it('leaves out what stands under the name of a credential, whatever it looks like', () => {
    expect(
      redactValue({
        Authorization: 'short',
        cookie: ['a', 'b'],
        password: 12345678,
        OPENAI_API_KEY: 'x',
        client_secret: { value: 'y' },
        access_token: null,
        usage: { total_tokens: 3 },
      }),
    ).toEqual({
      Authorization: '[redacted]',
      cookie: '[redacted]',
      password: '[redacted]',
      OPENAI_API_KEY: '[redacted]',
      client_secret: '[redacted]',
      access_token: '[redacted]',
      usage: { total_tokens: 3 },
    })
  })

  it('knows header pairs', () => {
    expect(
      redactValue([
        ['Cookie', 'a=b'],
        ['accept', '*/*'],
        ['x-api-key', '1'],
      ]),
    ).toEqual([
      ['Cookie', '[redacted]'],
      ['accept', '*/*'],
      ['x-api-key', '[redacted]'],
    ])
  })

  it('makes something of every kind of value', () => {
    expect(redactValue(new Error(`no ${KEY}`))).toBe('Error: no [redacted key]')
    expect(redactValue(new URL('http://u:p@h/'))).toBe('http://[redacted]@h/')
    expect(redactValue(Buffer.from(KEY))).toBe(`[${KEY.length} bytes]`)
    expect(redactValue(10n)).toBe('10')
    expect(redactValue(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    const loop: Record<string, unknown> = { [KEY]: 1 }
    loop.self = loop
    expect(JSON.stringify(redactValue(loop))).not.toContain(KEY)
  })
})
