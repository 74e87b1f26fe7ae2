// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of shells and workflows, not templates.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { redact, redactValue } from '../../src/log/redact.js'
import { loadSecretRules } from '../../src/log/secret-rules.js'
import { scaled } from '../time.js'
import { PLAIN, PRIVATE_KEYS, TOKENS } from './tokens.js'

/** Places in which a credential may stand. */
const PLACES: ReadonlyArray<readonly [place: string, around: (secret: string) => string]> = [
  ['alone', (secret) => secret],
  ['in a sentence', (secret) => `I used ${secret}, and it worked.`],
  ['in quotation marks', (secret) => `const client = connect("${secret}")`],
  ['in a JSON text', (secret) => JSON.stringify({ value: `first\n${secret}\nlast` })],
  ['in JSON in JSON', (secret) => JSON.stringify(JSON.stringify({ value: secret }))],
  ['in an address', (secret) => `https://host.example/api?x=1&key=${encodeURIComponent(secret)}&y=2`],
  ['in a header', (secret) => `x-thing: ${secret}\r\naccept: */*`],
  ['behind a colour', (secret) => `\x1b[1m${secret}\x1b[0m`],
  ['in a list', (secret) => `- ${secret}\n- other`],
]

/** What must not be left: a part of it long enough to be worth something. */
function expectGone(text: string, secret: string): void {
  const words = secret.split(/[^A-Za-z0-9]+/).filter((word) => word.length >= 12)
  for (const word of words) expect(text).not.toContain(word)
}

describe.each(['without', 'with'])('%s the rules of secretlint', (how) => {
  beforeAll(async () => {
    if (how === 'with') await loadSecretRules()
  })

  it.each(TOKENS)('a token of %s is taken out wherever it stands', (_issuer, token) => {
    for (const [, around] of PLACES) expectGone(redact(around(token)), token)
  })

  it.each(PRIVATE_KEYS)('a %s is taken out, whole or cut off, also in JSON', (_kind, key) => {
    const lines = key.split('\n').filter((line) => !line.startsWith('-----'))
    const cut = key.slice(0, key.length / 2)
    for (const text of [key, `cat key\n${key}\ndone`, JSON.stringify({ output: key }), `KEY="${key}"`, cut]) {
      const result = redact(text)
      for (const line of lines) expect(result).not.toContain(line.slice(0, 16))
    }
    expect(redact(`before\n${key}\nafter`)).toMatch(/^before\n[\s\S]*\nafter$/)
  })

  it.each([
    (value: string) => `MY_TOKEN=${value}`,
    (value: string) => `export GITHUB_TOKEN='${value}'`,
    (value: string) => `AWS_SECRET_ACCESS_KEY=${value}`,
    (value: string) => `aws_secret_access_key = ${value}`,
    (value: string) => `CLIENT_SECRET_V2: ${value}`,
    (value: string) => `"github_token": "${value}"`,
    (value: string) => JSON.stringify(JSON.stringify({ apiToken: value })),
    (value: string) => `$env:DEPLOY_TOKEN = "${value}"`,
    (value: string) => `STRIPE_KEY=${value}`,
    (value: string) => `DB_PASS=${value}`,
    (value: string) => `password: ${value}`,
    (value: string) => `PASSWORD="a long ${value} phrase"`,
    (value: string) => `//registry.example/:_authToken=${value}`,
    (value: string) => `machine host login me password ${value}`,
    (value: string) => `curl -u me:${value} https://host.example`,
    (value: string) => `tool --token ${value} run`,
    (value: string) => `tool --api-key=${value}`,
    (value: string) => `PRIVATE-TOKEN: ${value}`,
    (value: string) => `X-Api-Key: ${value}`,
    (value: string) => `authorization: token ${value}`,
    (value: string) => `Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=${value}`,
    (value: string) => `AccountName=a;AccountKey=${value};EndpointSuffix=b`,
    (value: string) => `postgres://me:${value}@db.example/x`,
    (value: string) => `client_secret=${value}&grant_type=x`,
    (value: string) => `session_token => ${value}`,
  ])('a value that its name gives away is taken out: %s', (line) => {
    const result = redact(line(PLAIN))
    expect(result).not.toContain(PLAIN)
    expect(result).toContain('[redacted]')
  })

  it.each([
    'const token = lexer.next()',
    'let tokens = text.split(" "), maxTokens: 4096, total_tokens: 3400',
    'function readToken(token: string, secret?: Secret): boolean {',
    'password: string; // optional',
    'MAX_TOKENS=4096 npm_config_registry=local npm_package_version_number=2',
    'process.env.GITHUB_TOKEN is read; echo "$GITHUB_TOKEN" and ${{ secrets.DEPLOY_KEY }}',
    'TOKEN=$(cat file) PASSWORD=${DB_PASSWORD}',
    'the key-value store, sk-learn, hf_transformers_cache, fw_version_information_block',
    'see https://host.example/path/to/tokens?page=2#secrets and git@github.com:me/repo.git',
    'commit 1f0c2f4e5a6b7c8d9e0f1a2b3c4d5e6f70819203 and call_AbCdEfGhIjKlMnOpQrStUvWx',
    '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----',
    '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkq\n-----END CERTIFICATE-----',
    'resp_0a1b2c3d4e5f60718293a4b5c6d7e8f9 msg_01a202eb076873f3806f9fbc8343a23c',
    'import { secretRules } from "./secret-rules.js"',
  ])('%s stays as it is', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('what is redacted stays as it is, and a text takes time in proportion to its length', () => {
    const pieces = [
      ...TOKENS.map(([, token]) => token),
      ...PRIVATE_KEYS.map(([, key]) => key),
      ...['TOKEN=', 'secret: ', '"password":"', '\\n', '\n', ' ', '"', 'x', '=', '--token ', '[redacted]', 'Bearer '],
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (some) => {
        const once = redact(some.join(' '))
        expect(redact(once)).toBe(once)
      }),
    )
    const begun = performance.now()
    const units = [
      ...TOKENS.map(([, token]) => token.slice(0, 8)),
      ...['-----BEGIN RSA PRIVATE KEY-----', '-----BEGIN ', 'token', 'token=', 'secret.', 'TOKEN="', 'password: \\"'],
      ...[
        '--token ',
        'login a password ',
        ' -u a:',
        'authorization: token ',
        'A1b2',
        'a.',
        '\\',
        '"',
        'Q~',
        'MTE',
        '1:AA',
      ],
      ...['postgres://a:', 'https://a:b@', '://', 'eyJa.', '{"private_key":', 'xoxb-1-', 'AGE-SECRET-KEY-1'],
    ]
    for (const unit of units) redact(unit.repeat(100_000 / unit.length))
    expect(performance.now() - begun).toBeLessThan(scaled(20_000))
  })
})

it('a member of an object whose name is that of a credential is left out', () => {
  const value = { github_token: 'x', clientSecret: 'y', private_key: 'z', total_tokens: 3, tokens: { input: 1 } }
  expect(redactValue(value)).toEqual({
    github_token: '[redacted]',
    clientSecret: '[redacted]',
    private_key: '[redacted]',
    total_tokens: 3,
    tokens: { input: 1 },
  })
})
