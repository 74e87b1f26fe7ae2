import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import { says } from '../fixtures/upstream/scripted.js'
import {
  configureHooks,
  givenTo,
  hookAnswer,
  MCP_SERVER,
  type Mode,
  modeFlags,
  stubServer,
  toolCall,
} from './hooks-lab.js'
import { CODEX_PLUS, type RunResult } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene()
const { run } = scene

/** A folder that codex's sandbox does not let commands write to. */
let outside: string
beforeEach(() => {
  outside = mkdtempSync('/var/tmp/codex-plus-outside-')
})
afterEach(() => rmSync(outside, { recursive: true }))

type Call = [tool: string, input: JsonObject | string]
const input = (n: number): string => JSON.stringify(scene.upstream.turns[n]?.body.input)
const isThere = (name: string): boolean => existsSync(join(scene.lab.project, name))
const rules = (permissions: object, more: object = {}): void =>
  scene.lab.write('.claude/settings.json', JSON.stringify({ ...more, permissions }))
const escalated = (cmd: string): Call => [
  'exec_command',
  { cmd, sandbox_permissions: 'require_escalated', justification: 'because' },
]
const patch = (...lines: string[]): Call => [
  'apply_patch',
  ['*** Begin Patch', ...lines, '*** End Patch', ''].join('\n'),
]
const adding = (path: string): string[] => [`*** Add File: ${path}`, '+hello']
/** The untrusted project: codex knows it and was told not to trust it. */
function distrust(): void {
  const file = join(scene.lab.codexHome, 'config.toml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"trusted"', '"untrusted"'))
}

describe.each<Mode>(['code', 'classic'])('permission rules in exec, %s mode', (mode) => {
  const calls = (...all: Call[]): void => {
    const from = scene.upstream.turns.length
    scene.script = (n) => {
      const call = all[n - from]
      return call ? [toolCall(mode, n, ...call)] : [says('done')]
    }
  }
  const exec = (...args: string[]): Promise<RunResult> =>
    run(...modeFlags(mode), 'exec', '-s', 'workspace-write', ...args)

  it('a denied command does not run, compound, wrapped or plain, and the model is told the reason', async () => {
    rules({ deny: ['Bash(touch:*)'] })
    calls(
      ['exec_command', { cmd: 'touch made' }],
      ['exec_command', { cmd: 'echo first && timeout 5 touch made' }],
      ['exec_command', { cmd: 'bash -c "touch made"' }],
      ['exec_command', { cmd: 'echo allowed > other' }],
    )
    const result = await exec('go')
    expect(result).toMatchObject({ code: 0, stdout: 'done\n' })
    expect([isThere('made'), isThere('other')]).toEqual([false, true])
    for (const n of [1, 2, 3]) expect(input(n)).toContain('Permission to use Bash with command')
    expect(input(1)).toContain(
      'Permission to use Bash with command touch made has been denied. (deny rule Bash(touch:*) in',
    )
    expect(result.stderr).not.toMatch(/needs review|hook.*failed/i)
  })

  it('one denied file denies a patch, a redirection and the file of a reader', async () => {
    rules({ deny: ['Edit(vault/**)', 'Read(./.env)'] })
    scene.lab.write('.env', 'SECRET=1')
    scene.lab.write('vault/kept', 'x')
    calls(
      patch(...adding('fine.txt'), ...adding('vault/new.txt')),
      ['exec_command', { cmd: 'echo x > vault/b' }],
      ['exec_command', { cmd: 'cat .env' }],
      ['exec_command', { cmd: 'cat < ./.env' }],
      ['exec_command', { cmd: 'touch c', workdir: 'vault' }],
      patch('*** Delete File: vault/kept'),
      patch(...adding('free.txt')),
    )
    await exec('go')
    expect(['fine.txt', 'vault/new.txt', 'vault/b', 'vault/c', 'vault/kept', 'free.txt'].map(isThere)).toEqual([
      ...[false, false, false, false],
      ...[true, true],
    ])
    expect(input(1)).toContain('File is in a directory that is denied by your permission settings.')
    for (const n of [2, 3, 4, 5]) expect(input(n)).toContain('has been denied')
    expect(input(7)).not.toContain('SECRET=1')
  })

  it('an ask rule refuses the call and tells the model to ask', async () => {
    rules({ ask: ['Bash(touch:*)', 'Edit(vault/**)'], allow: ['Bash', 'Edit'] })
    calls(['exec_command', { cmd: 'touch made' }], escalated('touch made'), patch(...adding('vault/x')))
    await exec('go')
    expect([isThere('made'), isThere('vault/x')]).toEqual([false, false])
    for (const n of [1, 2, 3]) expect(input(n)).toMatch(/needs the user's approval: .*ask rule/)
  })

  it("deny and ask beat a hook's allow", async () => {
    const answer = hookAnswer('PreToolUse', { permissionDecision: 'allow' })
    configureHooks(scene.lab, { PreToolUse: { answer } })
    const { hooks } = JSON.parse(readFileSync(join(scene.lab.project, '.claude/settings.json'), 'utf8')) as JsonObject
    rules({ deny: ['Bash(touch:*)'], ask: ['Bash(mkdir:*)'] }, { hooks })
    calls(['exec_command', { cmd: 'touch made' }], ['exec_command', { cmd: 'mkdir made' }])
    await exec('go')
    expect(isThere('made')).toBe(false)
    expect(givenTo(scene.lab, 'PreToolUse')).toHaveLength(2)
    expect(input(1)).toContain('has been denied')
    expect(input(2)).toContain("needs the user's approval")
  })

  it('an allow rule lifts the sandbox for a command that asks for it, and for a patch outside', async () => {
    rules({ allow: ['Bash(touch:*)', `Edit(/${outside}/**)`] })
    calls(
      escalated(`touch ${outside}/by-rule`),
      escalated(`mkdir ${outside}/no-rule`),
      ['exec_command', { cmd: `touch ${outside}/in-sandbox` }],
      patch(...adding(`${outside}/patched`)),
    )
    const result = await exec('go')
    expect(result).toMatchObject({ code: 0, stdout: 'done\n' })
    const made = ['by-rule', 'no-rule', 'in-sandbox', 'patched'].map((name) => existsSync(join(outside, name)))
    expect(made).toEqual([true, false, false, true])
    expect(input(2)).toContain('No permission rule allows this outside')
    // No question has reached a model.
    expect(scene.upstream.turns).toHaveLength(5)
    expect(result.stderr).toContain('approval: on-request')
  })

  it.each([
    ['on the command line', ['-a', 'never']],
    ['as an override', ['-c', 'approval_policy="never"']],
  ])('never, said %s, stays never', async (_where, flags) => {
    rules({ allow: ['Bash(dd:*)'] })
    calls(escalated(`dd if=/dev/null of=${outside}/by-rule`))
    const result = await run(...flags, ...modeFlags(mode), 'exec', '-s', 'workspace-write', 'go')
    expect(existsSync(join(outside, 'by-rule'))).toBe(false)
    expect(result.stderr).not.toContain('approval: on-request')
    expect(scene.upstream.turns).toHaveLength(2)
  })

  it("a command's allowed-tools count in its turn, MCP tools included, and not in the next", async () => {
    scene.lab.write('mcp.mjs', MCP_SERVER)
    scene.lab.write('.claude/commands/buy.md', '---\nallowed-tools: mcp__stub__echo, Bash(dd:*)\n---\nBuy $ARGUMENTS')
    const server = stubServer(scene.lab).replace(',default_tools_approval_mode="approve"', '')
    const buying = (...args: string[]): Promise<RunResult> =>
      run('-c', server, ...modeFlags(mode), 'exec', '-s', 'workspace-write', ...args)
    calls(['mcp__stub__echo', { text: 'tea' }], escalated(`dd if=/dev/null of=${outside}/bought`))
    await buying('/buy tea')
    expect(input(0)).toContain('Buy tea')
    expect(input(1)).toContain('echo tea')
    expect(existsSync(join(outside, 'bought'))).toBe(true)

    calls(['mcp__stub__echo', { text: 'coffee' }], escalated(`dd if=/dev/null of=${outside}/again`))
    await buying('resume', '--last', 'more')
    expect(input(4)).not.toContain('echo coffee')
    expect(existsSync(join(outside, 'again'))).toBe(false)

    rules({ deny: ['mcp__stub__echo'] })
    calls(['mcp__stub__echo', { text: 'milk' }])
    await buying('/buy milk')
    expect(input(scene.upstream.turns.length - 1)).not.toContain('echo milk')
    expect(input(scene.upstream.turns.length - 1)).toContain('has been denied')
  })

  it('of a folder that is not trusted deny and ask count, and allow does not', async () => {
    distrust()
    rules({ deny: ['Bash(touch:*)'], ask: ['Bash(mkdir:*)'], allow: ['Bash(cp:*)'] })
    scene.lab.write('a', 'x')
    calls(
      ['exec_command', { cmd: 'touch made' }],
      ['exec_command', { cmd: 'mkdir made' }],
      escalated(`cp a ${outside}/copied`),
    )
    await exec('go')
    expect([isThere('made'), existsSync(join(outside, 'copied'))]).toEqual([false, false])
    expect(input(1)).toContain('has been denied')
    expect(input(2)).toContain("needs the user's approval")
  })

  it('the modes dontAsk and plan refuse what they do not free', async () => {
    rules({ defaultMode: 'dontAsk', allow: ['Bash(mkdir:*)'] })
    calls(
      ['exec_command', { cmd: 'touch made' }],
      ['exec_command', { cmd: 'mkdir folder' }],
      ['exec_command', { cmd: 'echo read' }],
      patch(...adding('patched')),
    )
    await exec('go')
    expect(['made', 'folder', 'patched'].map(isThere)).toEqual([false, true, false])
    rules({ defaultMode: 'plan' })
    calls(['exec_command', { cmd: 'touch made' }], patch(...adding('patched')))
    await exec('go')
    expect(['made', 'patched'].map(isThere)).toEqual([false, false])
  })
})

describe('permission rules', () => {
  const calls = (...all: Call[]): void => {
    scene.script = (n) => {
      const call = all[n]
      return call ? [toolCall('code', n, ...call)] : [says('done')]
    }
  }
  const exec = (...args: string[]): Promise<RunResult> => run('exec', '-s', 'workspace-write', ...args)
  const hooked = ({ stderr }: RunResult): number =>
    stderr.split('\n').filter((line) => line === 'hook: PreToolUse').length

  it('cost nothing where there are none, and only the calls that they may cover', async () => {
    rules({})
    calls(['exec_command', { cmd: 'echo one' }], patch(...adding('a')))
    expect(hooked(await exec('go'))).toBe(0)
    rules({ allow: ['Bash(npm:*)'], deny: ['Glob'] })
    expect(hooked(await exec('go'))).toBe(0)
    rules({ deny: ['Agent(x)', 'mcp__a__b', 'WebFetch(domain:a.example)'] })
    expect(hooked(await exec('go'))).toBe(0)
    rules({ deny: ['Bash(touch:*)'] })
    const from = scene.upstream.turns.length
    scene.script = (n) =>
      n === from
        ? [toolCall('code', n, 'exec_command', { cmd: 'echo one' })]
        : n === from + 1
          ? [toolCall('code', n, ...patch(...adding('b')))]
          : [says('done')]
    expect(hooked(await exec('go'))).toBe(1)
    expect(isThere('b')).toBe(true)
  })

  it('cover pictures, web searches, agents and the MCP servers of codex itself', async () => {
    rules({ deny: ['Read(*.png)', 'WebSearch', 'Agent', 'mcp__stub'] })
    scene.lab.write('a.png', 'x')
    scene.lab.write('mcp.mjs', MCP_SERVER)
    calls(
      ['view_image', { path: 'a.png' }],
      ['web__run', { search_query: [{ q: 'x' }] }],
      ['mcp__stub__echo', { text: 'tea' }],
    )
    await run('-c', stubServer(scene.lab), 'exec', '-s', 'workspace-write', 'go')
    expect(input(1)).toContain('denied by your permission settings')
    expect(input(2)).toContain('Permission to use WebSearch has been denied')
    expect(input(3)).toContain('Permission to use mcp__stub__echo has been denied')
  })

  it.each<[string, object, boolean]>([
    ['without rules', {}, false],
    ['with rules that no call of codex can meet', { deny: ['Glob'], ask: ['Skill(x)'] }, false],
    ['with a rule', { deny: ['Bash(rm:*)'] }, true],
  ])('%s codex is given hooks: %j %s', async (_name, permissions, given) => {
    rules(permissions)
    // A codex that tells what it was called with.
    scene.lab.write('../bin/codex', '#!/bin/sh\nprintf "%s\\n" "$@"\n')
    chmodSync(join(scene.lab.root, 'bin/codex'), 0o755)
    const { stdout } = await scene.lab.run(CODEX_PLUS, ['exec', 'go'], {
      env: { PATH: `${scene.lab.root}/bin:${process.env.PATH}` },
    })
    expect(stdout).toContain('openai_base_url')
    expect(/hooks\.|approvals_reviewer/.test(stdout)).toBe(given)
  })

  it.each<[string, object, boolean]>([
    ['a deny rule', { deny: ['WebSearch'] }, false],
    ['an ask rule', { ask: ['WebSearch'], allow: ['WebSearch'] }, false],
    ['the mode dontAsk', { defaultMode: 'dontAsk' }, false],
    ['the mode dontAsk with an allow rule', { defaultMode: 'dontAsk', allow: ['WebSearch'] }, true],
    ['a rule for pages', { deny: ['WebFetch(domain:a.example)'] }, true],
  ])('%s and the web search of the server itself', async (_name, permissions, offered) => {
    rules(permissions)
    await run(...modeFlags('classic'), 'exec', 'go')
    const tools = scene.upstream.turns[0]?.body.tools as JsonObject[]
    expect(tools.some(({ type }) => type === 'web_search')).toBe(offered)
    expect(tools.some(({ name }) => name === 'exec_command')).toBe(true)
  })

  it('hold without hooks and against hooks that are switched off, and not with --plus-no-permissions', async () => {
    rules({ deny: ['Bash(touch:*)'] })
    calls(['exec_command', { cmd: 'touch made' }])
    await exec('--plus-no-hooks', 'go')
    expect(isThere('made')).toBe(false)
    const from = scene.upstream.turns.length
    scene.script = (n) => (n === from ? [toolCall('code', n, 'exec_command', { cmd: 'touch made' })] : [says('done')])
    await exec('--plus-no-permissions', 'go')
    expect(isThere('made')).toBe(true)
  })

  it('of an administrator and of the user count beside the project’s', async () => {
    rules({ allow: ['Bash'] })
    const home = join(scene.lab.home, '.claude/settings.json')
    scene.lab.write('../home/.claude/settings.json', JSON.stringify({ permissions: { deny: ['Bash(touch:*)'] } }))
    calls(['exec_command', { cmd: 'touch made' }])
    await exec('go')
    expect(isThere('made')).toBe(false)
    expect(input(1)).toContain(`deny rule Bash(touch:*) in ${home}:1`)
  })

  it('are those of the start: what the model writes into them does not count', async () => {
    rules({ deny: ['Bash(touch:*)'] })
    calls(['exec_command', { cmd: 'echo {} > .claude/settings.json' }], ['exec_command', { cmd: 'touch made' }])
    await exec('go')
    expect(isThere('made')).toBe(false)
  })

  it('a shell that reads its commands is asked about, as what is typed into it is not seen', async () => {
    rules({ deny: ['Bash(touch:*)'] })
    calls(['exec_command', { cmd: 'bash', tty: true, yield_time_ms: 500 }])
    await exec('go')
    expect(input(1)).toMatch(/needs the user's approval: bash runs what it reads/)
  })

  it('added folders may be written to', async () => {
    rules({ additionalDirectories: [outside] })
    calls(['exec_command', { cmd: `touch ${outside}/made` }])
    await exec('go')
    expect(existsSync(join(outside, 'made'))).toBe(true)
  })

  it('that cannot hold are named where codex runs no hooks', async () => {
    rules({ deny: ['Bash(touch:*)'] })
    const { stderr } = await run('-c', 'features.hooks=false', 'exec', 'go')
    expect(stderr).toMatch(/its permission rules do not hold/)
  })

  it("a hook's allow answers codex's question about an MCP tool", async () => {
    const answer = hookAnswer('PreToolUse', { permissionDecision: 'allow' })
    configureHooks(scene.lab, { PreToolUse: { matcher: 'mcp__stub__echo', answer } })
    scene.lab.write('mcp.mjs', MCP_SERVER)
    const server = stubServer(scene.lab).replace(',default_tools_approval_mode="approve"', '')
    calls(['mcp__stub__echo', { text: 'tea' }], ['mcp__stub__fail', {}])
    await run('-c', server, 'exec', '-s', 'workspace-write', 'go')
    expect(input(1)).toContain('echo tea')
    expect(input(2)).not.toContain('it is broken')
  })
})
