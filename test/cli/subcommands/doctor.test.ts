import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, DUMMY_KEY, type Lab, makeLab, type RunResult } from '../../codex/lab.js'

let lab: Lab
beforeEach(() => {
  lab = makeLab('none')
})
afterEach(() => lab.remove())

interface Row {
  topic: string
  ok: boolean
  level: string
  text: string
}
const doctor = (args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<RunResult> =>
  lab.run(CODEX_PLUS, ['plus', 'doctor', ...args], { env })
const rows = async (args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Row[]> =>
  JSON.parse((await doctor([...args, '--json'], env)).stdout) as Row[]
const texts = (all: Row[], topic: string): string[] => all.flatMap((row) => (row.topic === topic ? [row.text] : []))
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))

describe('plus doctor', () => {
  it('tells what it found, in lines of a terminal of 80 columns', async () => {
    const { code, stdout, stderr } = await doctor()
    expect(stderr).toBe('')
    expect(stdout).toMatch(new RegExp(`^ok {3}version +codex-plus ${version}, node ${process.versions.node}$`, 'm'))
    expect(stdout).toMatch(/^ok {3}codex +0\.169\.\d+ at/m)
    expect(stdout).toMatch(/^note login +none in /m)
    expect(stdout).toMatch(/^ok {3}proxy +a request went through in \d+ ms$/m)
    for (const line of stdout.split('\n')) if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(80)
    expect(stdout).toMatch(/\n\nNo problems found\.\n$/)
    expect(code).toBe(0)
  })

  it('--json tells the same as data', async () => {
    const all = await rows()
    for (const topic of [
      'version',
      'codex',
      'login',
      'terminal',
      'settings',
      'trust',
      'upstream',
      'transport',
      'websocket',
      'log',
      'network',
      'tls',
      'proxy',
      'commands',
      'modules',
      'hooks',
      'mcp',
    ])
      expect(texts(all, topic), topic).not.toEqual([])
    for (const row of all) {
      expect(row).toEqual({
        topic: expect.any(String),
        ok: row.level !== 'bad',
        level: expect.stringMatching(/^(ok|note|bad)$/),
        text: expect.any(String),
      })
    }
  })

  it('the handshake that a server sees is that of codex', async () => {
    expect(texts(await rows(), 'tls')).toContain("JA4 t13d301100_1d37bd780c83_8e6e362c5eac, the same as codex's own")
    expect(texts(await rows(['--plus-profile', 'chrome']), 'tls').join()).toMatch(/JA4 t13d\S+ \(profile chrome\)/)
    expect(texts(await rows(['--plus-transport', 'native']), 'tls')).toEqual([
      "node's own https (transport native); no helper runs",
    ])
  })

  it('says whether codex’s WebSocket is carried, and why not', async () => {
    const carried = "codex's own is carried to the server"
    expect(texts(await rows(['--plus-upstream', 'http://127.0.0.1:9/v1']), 'websocket')).toEqual([carried])
    expect(texts(await rows(['--plus-websocket', 'on']), 'websocket')).toEqual([carried])
    expect(texts(await rows(['--plus-websocket', 'off']), 'websocket')).toEqual(['off, codex posts: websocket is off'])
    expect(texts(await rows(['--plus-upstream', 'echo']), 'websocket')).toEqual([
      'off, codex posts: the echo upstream has none',
    ])
  })

  it('names what is broken, and ends with 1', async () => {
    lab.write('.claude/settings.json', '{')
    lab.write('.claude/commands/bad.md', "---\na: 'open\n---\nx")
    lab.write('.claude/modules/bad.mjs', 'export default {\n')
    const { code, stdout } = await doctor(['--json'], { PATH: '/usr/bin:/bin', CODEX_PLUS_CODEX: '/none' })
    expect(code).toBe(1)
    const bad = (JSON.parse(stdout) as Row[]).filter(({ ok }) => !ok).map(({ topic, text }) => `${topic} ${text}`)
    expect(bad).toContainEqual(expect.stringMatching(/^codex CODEX_PLUS_CODEX names \/none/))
    expect(bad).toContainEqual(expect.stringMatching(/^settings .*settings\.json:1: not valid JSON/))
    expect(bad.filter((line) => line.includes('settings.json:1'))).toHaveLength(1)
    expect(bad).toContainEqual(expect.stringMatching(/^commands .*bad\.md:\d: its metadata is ignored/))
    expect(bad).toContainEqual(expect.stringMatching(/^modules .*bad\.mjs:\d: .*; the module is skipped/))
    expect((await doctor([], { CODEX_PLUS_CODEX: '/none', PATH: '/usr/bin:/bin' })).stdout).toMatch(
      /problems to fix: see BAD above/,
    )
  })

  it('starts the MCP servers that may run, and names those that do not answer', async () => {
    const server = fileURLToPath(new URL('../../fixtures/mcp/server.mjs', import.meta.url))
    const servers = {
      good: { command: process.execPath, args: [server] },
      gone: { command: '/none/such' },
    }
    lab.write('.mcp.json', JSON.stringify({ mcpServers: servers }))
    const all = await rows()
    expect(texts(all, 'mcp').join('\n')).toMatch(/good: \d+ tools, started in \d+ ms \(.*\.mcp\.json:1\)/)
    expect(all.find(({ topic, ok }) => topic === 'mcp' && !ok)?.text).toMatch(/^gone: /)
  })

  it('tells what a project may not set, where calls go, and who trusts the folder', async () => {
    lab.write('.claude/settings.json', JSON.stringify({ codexPlus: { upstream: 'https://evil.example' } }))
    lab.write('.codex/config.toml', 'openai_base_url = "https://evil.example"\n')
    const all = await rows(['--plus-upstream', 'https://mine.example/v1'], {
      HTTPS_PROXY: 'http://user:secret@proxy.example:3128',
      CODEX_API_KEY: DUMMY_KEY,
    })
    expect(texts(all, 'upstream')).toEqual(['https://mine.example/v1'])
    expect(texts(all, 'network')[0]).toBe('mine.example through the proxy proxy.example:3128')
    expect(texts(all, 'settings').join('\n')).toMatch(/codexPlus\.upstream ignored/)
    expect(texts(all, 'config').join('\n')).toMatch(/config\.toml: openai_base_url ignored/)
    expect(texts(all, 'trust')).toEqual([`${lab.project} is trusted, by codex`])
    expect(texts(all, 'login')).toEqual(['CODEX_API_KEY is set (not read); codex uses it for `exec`'])
    expect(JSON.stringify(all)).not.toMatch(/secret|sk-dummy/)
    writeFileSync(join(lab.codexHome, 'config.toml'), '')
    expect(texts(await rows(), 'trust')[0]).toMatch(/is not trusted: its hooks/)
  })
})
