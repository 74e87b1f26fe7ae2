import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseTomlValue } from '../../src/config/toml.js'
import { findServers } from '../../src/mcp/choose-servers.js'
import { certainSecrets } from '../../src/mcp/conceal-secrets.js'
import { serverOverride } from '../../src/mcp/server-overrides.js'
import { readTimeouts } from '../../src/mcp/timeouts.js'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'

/** Values that a key of an entry does not have in a sane file, as JSON. */
const ODD = [
  'null',
  'true',
  '0',
  '-1',
  '1e308',
  '1e999',
  '""',
  '"\\u0000"',
  '"x"',
  '"$"',
  '"$A"',
  '[]',
  '[null]',
  '[[1]]',
  '{}',
  '{"toString": 1}',
  '{"toString": 1, "valueOf": 1}',
  '{"toJSON": 1}',
  '{"__proto__": {"command": "x"}}',
  '{"constructor": {"prototype": 1}}',
  '{"length": -1}',
]
const KEYS = ['type', 'command', 'args', 'env', 'url', 'headers', 'headersHelper', 'oauth', 'timeout', 'disabled', 'x']
const BASES = [
  { command: 'node', args: ['-e', ''], env: { A: 'b' } },
  { type: 'http', url: 'http://127.0.0.1:9/', headers: { A: 'b' } },
  { type: 'sse', url: 'http://127.0.0.1:9/' },
]

/** Every base entry with every odd value for every key, and odd values for whole entries. */
function shapes(): string[] {
  const entries = BASES.flatMap((base) => {
    return KEYS.flatMap((key) => {
      const rest = Object.entries(base).filter(([name]) => name !== key)
      const members = rest.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      return ODD.map((odd) => `{${[...members, `${JSON.stringify(key)}: ${odd}`].join(', ')}}`)
    })
  })
  return [...ODD, ...entries]
}

let lab: Lab
let folder: string
beforeAll(() => {
  lab = makeLab('none')
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-shapes-'))
  mkdirSync(join(folder, 'home'))
})
afterAll(() => {
  lab.remove()
  rmSync(folder, { recursive: true, force: true })
})

describe('an entry of .mcp.json', () => {
  it('of any shape throws nowhere, and what codex is told of it is valid', () => {
    const env = { HOME: join(folder, 'home') }
    const limits = readTimeouts(env)
    const all = shapes()
    expect(all.length).toBeGreaterThan(700)
    for (const entry of all) {
      writeFileSync(join(folder, '.mcp.json'), `{"mcpServers": {"one": ${entry}}}`)
      const { servers } = findServers({ cwd: folder, env, assumeTrust: true })
      for (const server of servers) {
        certainSecrets(server.value, env)
        const override = serverOverride(server, 'http://127.0.0.1:1', limits)
        const table = parseTomlValue(override.slice(override.indexOf('=') + 1)) as Record<string, unknown>
        const { tool_timeout_sec: seconds } = table
        expect(Number.isInteger(seconds) && Number(seconds) < 2 ** 31, `${entry}: ${override}`).toBe(true)
        expect(override, entry).toMatch(/tool_timeout_sec=\d+[,}]/)
      }
    }
  })

  it('of all these shapes at once keeps the lists from nothing, and the good one is there', async () => {
    const entries = shapes().map((entry, at) => `"s${at}": ${entry}`)
    lab.write('.mcp.json', `{"mcpServers": {${entries.join(',\n')}, "good": ${JSON.stringify(BASES[0])}}}`)
    const listed = await lab.run(CODEX_PLUS, ['commands', 'list'])
    expect(listed.code, listed.stderr).toBe(0)
    const rules = await lab.run(CODEX_PLUS, ['plus', 'permissions', 'list'])
    expect(rules).toMatchObject({ code: 0 })
    expect(`${listed.stderr}${rules.stderr}`).not.toMatch(/^\s+at /m)
  })
})
