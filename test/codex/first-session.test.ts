import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/request/request-body.js'
import { type Reply, type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { hookScript, MCP_SERVER, toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let script: (n: number) => Reply
let screen: Screen | undefined
beforeEach(async () => {
  script = () => [says('the answer')]
  upstream = await startScriptedUpstream((n) => script(n), { titlesApart: true })
  lab = makeLab('apikey')
  trustNothing()
})
afterEach(async () => {
  await screen?.close()
  screen = undefined
  lab.remove()
  await upstream.close()
})

/** A folder that codex has never seen. */
function trustNothing(): void {
  writeFileSync(join(lab.codexHome, 'config.toml'), `openai_base_url = "${upstream.url}"\n`)
}
const input = (n: number): string => JSON.stringify(upstream.turns[n]?.body.input)
const removes = toolCall('code', 0, 'exec_command', { cmd: 'rm file.txt' })

/** A guard that denies every tool, a server and a module. */
function furnish(): void {
  const hook = { type: 'command', command: 'sh .claude/guard.sh' }
  lab.write('file.txt', 'still here')
  lab.write('.claude/guard.sh', hookScript('.claude/asked', { exit: 2, stderr: 'not in this house' }))
  lab.write(
    '.claude/settings.json',
    JSON.stringify({ hooks: { PreToolUse: [{ hooks: [hook, { ...hook, timeout: 9 }] }] } }),
  )
  lab.write(
    '.claude/settings.local.json',
    JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: 'command', command: ':' }] }] } }),
  )
  lab.write('mcp.mjs', MCP_SERVER)
  lab.write(
    '.mcp.json',
    JSON.stringify({ mcpServers: { stub: { command: process.execPath, args: [join(lab.project, 'mcp.mjs')] } } }),
  )
  lab.write(
    '.claude/modules/clock.mjs',
    'export default { name: "clock", canHandle: () => false, executeLocally: () => "x" }',
  )
}
const asked = (): string => {
  const file = join(lab.project, '.claude/asked')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

describe('a folder that nobody has trusted yet', () => {
  it('in exec: one line names everything that does not run, with its files', async () => {
    furnish()
    const { code, stderr } = await lab.run(CODEX_PLUS, ['exec', '--skip-git-repo-check', 'go'])
    expect(code).toBe(0)
    expect(stderr.split('\n').filter((line) => line.startsWith('codex-plus:'))).toEqual([
      `codex-plus: ${lab.project} is not trusted, so these do not run: 3 hooks (.claude/settings.json, .claude/settings.local.json), 1 MCP server (.mcp.json), 1 module (.claude/modules/clock.mjs). Read them, then run \`codex-plus plus trust\` there.`,
    ])
    expect(asked()).toBe('')
  })

  it('in exec: says nothing of what is switched off, and nothing where there is nothing', async () => {
    const lines = async (...args: string[]): Promise<string[]> =>
      (await lab.run(CODEX_PLUS, [...args, 'exec', '--skip-git-repo-check', 'go'])).stderr
        .split('\n')
        .filter((line) => line.startsWith('codex-plus:'))
    expect(await lines()).toEqual([])
    furnish()
    expect(await lines('--plus-no-hooks', '--plus-no-modules')).toEqual([
      expect.stringContaining('so these do not run: 1 MCP server (.mcp.json). '),
    ])
  })

  it('in exec --trust: hooks and MCP servers are there in that very run', async () => {
    furnish()
    script = (n) =>
      [[removes], [toolCall('code', 1, 'mcp__stub__echo', { text: 'hello' })], [says('done')]][n] ?? [says('done')]
    const hook = { type: 'command', command: 'sh .claude/guard.sh' }
    const settings = {
      hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [hook] }] },
      permissions: { allow: ['mcp__stub'] },
    }
    lab.write('.claude/settings.json', JSON.stringify(settings))
    const { code, stderr } = await lab.run(CODEX_PLUS, ['exec', '--trust', 'go'])
    expect(code).toBe(0)
    expect(stderr).not.toContain('is not trusted')
    expect(input(1)).toContain('not in this house')
    expect(existsSync(join(lab.project, 'file.txt'))).toBe(true)
    expect(input(2)).toContain('echo hello')
  })

  it('in exec --trust: a folder that the user told codex to distrust stays so', async () => {
    furnish()
    const config = join(lab.codexHome, 'config.toml')
    writeFileSync(config, `${readFileSync(config, 'utf8')}\n[projects."${lab.project}"]\ntrust_level = "untrusted"\n`)
    const { stderr } = await lab.run(CODEX_PLUS, ['exec', '--trust', 'go'])
    expect(stderr).toContain(`${lab.project} is not trusted, so these do not run: 3 hooks`)
    expect(asked()).toBe('')
  })
})

describe('the first session of the TUI in a folder', LOST_KEYS, () => {
  it('asks the guards from the moment codex is told to trust it, and says what has to wait', async () => {
    furnish()
    lab.write('.claude/hooks/pre_input.mjs', 'export const preInput = (e) => ({ prompt: e.prompt.toUpperCase() })')
    script = (n) => (n === 0 ? [removes] : [says('all done')])
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/Trust/)
    screen.send('\r')
    await screen.waitFor(/› Ask Codex/)
    await screen.enter('remove it')
    await screen.waitFor(/all done/)
    expect(existsSync(join(lab.project, 'file.txt'))).toBe(true)
    expect(input(0)).toContain('REMOVE IT')
    expect(input(1)).toContain('not in this house')
    expect((JSON.parse(asked().split('\n')[0] ?? '') as JsonObject).tool_name).toBe('Bash')
    expect(screen.text().replace(/\s+/g, ' ')).toMatch(/MCP server stub of \.mcp\.json will start with the next run/)
    await screen.leave()
  })
})
