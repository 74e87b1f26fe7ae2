import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import { type Reply, type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { configureHooks, hookAnswer, MCP_SERVER, type Mode, modeFlags, stubServer, toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let screen: Screen
let outside: string
let script: (n: number) => Reply

beforeEach(async () => {
  outside = mkdtempSync('/var/tmp/codex-plus-outside-')
  script = () => [says('all done')]
  upstream = await startScriptedUpstream((n) => script(n), { titlesApart: true })
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
afterEach(async () => {
  await screen.close()
  lab.remove()
  rmSync(outside, { recursive: true })
  await upstream.close()
})

type Call = [tool: string, input: JsonObject | string]
const isThere = (path: string): boolean => existsSync(join(lab.project, path))
const rules = (permissions: object): void => lab.write('.claude/settings.json', JSON.stringify({ permissions }))
const input = (n: number): string => JSON.stringify(upstream.turns[n]?.body.input)
const escalated = (cmd: string): Call => [
  'exec_command',
  { cmd, sandbox_permissions: 'require_escalated', justification: 'because' },
]
/** The model makes these calls, one a request, and then says that all is done. */
const calls = (mode: Mode, ...all: Call[]): void => {
  script = (n) => {
    const call = all[n]
    return call ? [toolCall(mode, n, ...call)] : [says(`all done ${n}`)]
  }
}

async function start(mode: Mode, ...args: string[]): Promise<void> {
  screen = openScreen(lab, CODEX_PLUS, [...modeFlags(mode), ...args])
  if (mode === 'classic') {
    // codex offers its newest model first.
    await screen.waitFor(/Use existing/)
    for (let open = true; open; ) {
      screen.send('2')
      open = await screen
        .waitFor((text) => !text.includes('Use existing'), 1000)
        .then(
          () => false,
          () => true,
        )
    }
  }
  await screen.waitFor(/›/)
}

describe.each<Mode>(['code', 'classic'])('permission rules in the TUI, %s mode', LOST_KEYS, (mode) => {
  it('deny without a dialog, and codex shows no warning', async () => {
    rules({ deny: ['Bash(touch:*)'], allow: ['Bash'] })
    calls(mode, ['exec_command', { cmd: 'touch made' }], escalated('touch made'))
    await start(mode)
    await screen.enter('go')
    await screen.waitFor(/all done 2/)
    expect(isThere('made')).toBe(false)
    for (const n of [1, 2]) expect(input(n)).toContain('Permission to use Bash with command touch made has been denied')
    expect(screen.bytes()).not.toMatch(/need review|hook trust|Yes, proceed/i)
  })

  it('allow without a dialog: outside the sandbox, and a patch outside', async () => {
    rules({ allow: ['Bash(dd:*)', `Edit(/${outside}/**)`] })
    calls(mode, escalated(`dd if=/dev/null of=${outside}/made`), [
      'apply_patch',
      `*** Begin Patch\n*** Add File: ${outside}/patched\n+hello\n*** End Patch\n`,
    ])
    await start(mode)
    await screen.enter('go')
    await screen.waitFor(/all done 2/)
    expect([existsSync(join(outside, 'made')), existsSync(join(outside, 'patched'))]).toEqual([true, true])
    expect(screen.bytes()).not.toMatch(/Yes, proceed/)
  })

  it('ask where codex asks, and refuse with a hint where it does not', async () => {
    rules({ ask: ['Bash(touch:*)'], allow: ['Bash'] })
    calls(mode, ['exec_command', { cmd: 'touch made' }], escalated('touch made'))
    await start(mode)
    await screen.enter('go')
    await screen.waitFor(/Yes, proceed/)
    expect(isThere('made')).toBe(false)
    expect(input(1)).toMatch(/needs the user's approval: .*require_escalated/)
    screen.send('y')
    await screen.waitFor(/all done 2/)
    expect(isThere('made')).toBe(true)
  })

  it('leave what no rule covers to codex', async () => {
    rules({ allow: ['Bash(npm:*)'], deny: ['Bash(rm:*)'] })
    calls(mode, escalated('touch made'))
    await start(mode)
    await screen.enter('go')
    await screen.waitFor(/Yes, proceed/)
    expect(isThere('made')).toBe(false)
  })
})

describe('permission rules in the TUI', LOST_KEYS, () => {
  const server = (): string => stubServer(lab).replace(',default_tools_approval_mode="approve"', '')

  it.each<['config' | '.mcp.json']>([['config'], ['.mcp.json']])(
    'an ask rule for an MCP tool of %s is asked by codex, though it would run without',
    async (where) => {
      rules({ ask: ['mcp__stub__echo'], allow: ['mcp__stub'] })
      lab.write('mcp.mjs', MCP_SERVER)
      if (where === 'config') {
        const table = `[mcp_servers.stub]\ncommand = "${process.execPath}"\nargs = ["${lab.project}/mcp.mjs"]\n`
        const approved = `${table}default_tools_approval_mode = "approve"\n`
        lab.write('../codex-home/config.toml', readFileSync(join(lab.codexHome, 'config.toml'), 'utf8') + approved)
      } else {
        const stub = { command: process.execPath, args: [`${lab.project}/mcp.mjs`] }
        lab.write('.mcp.json', JSON.stringify({ mcpServers: { stub } }))
      }
      // codex itself waits a second for servers, and finds slower ones with the next request.
      calls('code', ['exec_command', { cmd: 'sleep 1.5' }], ['mcp__stub__echo', { text: 'tea' }])
      await start('code')
      await screen.enter('go')
      await screen.waitFor(/Allow the stub MCP server to run tool "echo"/)
      screen.send('\r')
      await screen.waitFor(/all done 2/)
      expect(input(2)).toContain('echo tea')
    },
  )

  it('an ask rule for an MCP tool that codex cannot be told to ask about refuses the call', async () => {
    rules({ ask: ['mcp__stub__echo'] })
    lab.write('mcp.mjs', MCP_SERVER)
    calls('code', ['mcp__stub__echo', { text: 'tea' }])
    await start('code', '-c', stubServer(lab))
    await screen.enter('go')
    await screen.waitFor(/all done 1/)
    expect(input(1)).toContain("needs the user's approval")
  })

  it('an allow rule for an MCP tool answers the question', async () => {
    rules({ allow: ['mcp__stub__echo'] })
    lab.write('mcp.mjs', MCP_SERVER)
    calls('code', ['mcp__stub__echo', { text: 'tea' }])
    await start('code', '-c', server())
    await screen.enter('go')
    await screen.waitFor(/all done 1/)
    expect(input(1)).toContain('echo tea')
  })

  it("a hook's allow spares the question, but not that of an ask rule", async () => {
    const answer = hookAnswer('PreToolUse', { permissionDecision: 'allow' })
    configureHooks(lab, { PreToolUse: { matcher: 'Bash', answer } })
    calls('code', escalated(`touch ${outside}/made`))
    await start('code')
    await screen.enter('go')
    await screen.waitFor(/all done 1/)
    expect(existsSync(join(outside, 'made'))).toBe(true)
  })

  it("a hook's allow does not spare the question of an ask rule", async () => {
    const answer = hookAnswer('PreToolUse', { permissionDecision: 'allow' })
    lab.write('.claude/PreToolUse.sh', `cat > /dev/null; printf '%s' '${answer}'`)
    const hooks = { PreToolUse: [{ hooks: [{ type: 'command', command: 'sh .claude/PreToolUse.sh' }] }] }
    lab.write('.claude/settings.json', JSON.stringify({ hooks, permissions: { ask: ['Bash(touch:*)'] } }))
    calls('code', escalated('touch made'))
    await start('code')
    await screen.enter('go')
    await screen.waitFor(/Yes, proceed/)
    expect(isThere('made')).toBe(false)
  })

  it("a command's allowed-tools end with its turn, also one that was interrupted", async () => {
    lab.write('.claude/commands/make.md', '---\nallowed-tools: Bash(dd:*)\n---\nMake $ARGUMENTS')
    const make = (name: string): Call => escalated(`dd if=/dev/null of=${outside}/${name}`)
    let slow = true
    script = (n) => {
      const call = [make('one'), null, make('two'), null][n]
      if (n === 4 && slow) {
        slow = false
        return () => {}
      }
      return call
        ? [toolCall('code', n, ...call)]
        : n === 5
          ? [toolCall('code', n, ...make('three'))]
          : [says(`all done ${n}`)]
    }
    await start('code')
    await screen.enter('/make one')
    await screen.waitFor(/all done 1/)
    expect(existsSync(join(outside, 'one'))).toBe(true)
    await screen.enter('/make two')
    await screen.waitFor(/all done 3/)
    expect(existsSync(join(outside, 'two'))).toBe(true)
    await screen.enter('/make never')
    await screen.waitFor(() => upstream.turns.length === 5)
    await screen.waitFor(/esc to interrupt/)
    screen.send('\x1b')
    await screen.waitFor(/interrupted/i)
    await screen.enter('now three')
    await screen.waitFor(/Yes, proceed/)
    expect(existsSync(join(outside, 'three'))).toBe(false)
  })

  it('of the turn that a Stop hook continues they still count', async () => {
    lab.write('.claude/commands/make.md', '---\nallowed-tools: Bash(dd:*)\n---\nMake it')
    lab.write(
      '.claude/Stop.sh',
      'cat > /dev/null; [ -e .claude/once ] || { touch .claude/once; echo more >&2; exit 2; }',
    )
    const hooks = { Stop: [{ hooks: [{ type: 'command', command: 'sh .claude/Stop.sh' }] }] }
    lab.write('.claude/settings.json', JSON.stringify({ hooks }))
    calls('code')
    script = (n) =>
      n === 1 ? [toolCall('code', n, ...escalated(`dd if=/dev/null of=${outside}/made`))] : [says(`all done ${n}`)]
    await start('code')
    await screen.enter('/make it')
    await screen.waitFor(/all done 2/)
    expect(existsSync(join(outside, 'made'))).toBe(true)
  })
})
