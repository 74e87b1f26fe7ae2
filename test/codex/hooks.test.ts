import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/request/request-body.js'
import { says } from '../fixtures/upstream/scripted.js'
import {
  configureHooks,
  givenTo,
  type HooksByEvent,
  hookAnswer,
  MCP_SERVER,
  type Mode,
  modeFlags,
  stubServer,
  toolCall,
} from './hooks-lab.js'
import type { RunResult } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene()
const { run } = scene

const input = (n: number): string => JSON.stringify(scene.upstream.turns[n]?.body.input)
const isThere = (name: string): boolean => existsSync(join(scene.lab.project, name))
const configure = (hooks: HooksByEvent): void => configureHooks(scene.lab, hooks)
const given = (event: string): JsonObject[] => givenTo(scene.lab, event)

describe.each<Mode>(['code', 'classic'])('tools in %s mode', (mode) => {
  const exec = (...args: string[]): Promise<RunResult> =>
    run(...modeFlags(mode), '-c', stubServer(scene.lab), 'exec', '-s', 'workspace-write', ...args)
  const calls = (...calls: Array<[tool: string, input: JsonObject | string]>): void => {
    scene.script = (n) => {
      const call = calls[n]
      return call ? [toolCall(mode, n, ...call)] : [says('done')]
    }
  }

  it('a denied command does not run, and the model is told why', async () => {
    configure({
      PreToolUse: {
        matcher: 'Bash',
        answer: hookAnswer('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'never touch' }),
      },
    })
    calls(['exec_command', { cmd: 'touch denied.txt' }])
    const result = await exec('go')
    expect(result).toMatchObject({ code: 0, stdout: 'done\n' })
    expect(isThere('denied.txt')).toBe(false)
    expect(input(1)).toContain('never touch')
    expect(given('PreToolUse')).toMatchObject([{ tool_name: 'Bash', tool_input: { command: 'touch denied.txt' } }])
    expect(result.stderr).not.toMatch(/warning: .*hook|needs review/i)
  })

  it('by exit code 2 as well, and `ask` tells the model to ask', async () => {
    configure({ PreToolUse: { exit: 2, stderr: 'broken rule' } })
    scene.script = (n) =>
      n % 2 === 0 ? [toolCall(mode, n, 'exec_command', { cmd: 'touch denied.txt' })] : [says('done')]
    await exec('go')
    expect(isThere('denied.txt')).toBe(false)
    expect(input(1)).toContain('broken rule')
    configure({
      PreToolUse: {
        answer: hookAnswer('PreToolUse', { permissionDecision: 'ask', permissionDecisionReason: 'risky' }),
      },
    })
    await exec('go')
    expect(isThere('denied.txt')).toBe(false)
    expect(input(3)).toMatch(/approval: risky/)
  })

  it('a command with a new input runs with that', async () => {
    configure({ PreToolUse: { answer: hookAnswer('PreToolUse', { updatedInput: { command: 'touch after.txt' } }) } })
    calls(['exec_command', { cmd: 'touch before.txt' }])
    await exec('go')
    expect([isThere('before.txt'), isThere('after.txt')]).toEqual([false, true])
  })

  it('a bare allow and silence change nothing', async () => {
    configure({ PreToolUse: { answer: hookAnswer('PreToolUse', { permissionDecision: 'allow' }) } })
    calls(['exec_command', { cmd: 'touch done.txt' }])
    const result = await exec('go')
    expect(isThere('done.txt')).toBe(true)
    expect(result.stderr).not.toMatch(/hook.*failed/i)
  })

  it('contexts before and after a tool reach the next request', async () => {
    configure({
      PreToolUse: { answer: hookAnswer('PreToolUse', { additionalContext: 'CONTEXT BEFORE' }) },
      PostToolUse: { answer: hookAnswer('PostToolUse', { additionalContext: 'CONTEXT AFTER' }) },
    })
    calls(['exec_command', { cmd: 'echo tool-ran' }])
    await exec('go')
    expect(input(1)).toContain('CONTEXT BEFORE')
    expect(input(1)).toContain('CONTEXT AFTER')
    expect(given('PostToolUse')).toMatchObject([
      { tool_name: 'Bash', tool_response: { stdout: 'tool-ran', interrupted: false }, duration_ms: expect.any(Number) },
    ])
  })

  it('a block after a tool keeps the result and adds the reason', async () => {
    configure({ PostToolUse: { answer: JSON.stringify({ decision: 'block', reason: 'LINT FAILED' }) } })
    calls(['exec_command', { cmd: 'echo the-result' }])
    await exec('go')
    expect(input(1)).toContain('the-result')
    expect(input(1)).toContain('LINT FAILED')
  })

  it('a failing command is PostToolUseFailure, whose context reaches the model', async () => {
    configure({
      PostToolUse: {},
      PostToolUseFailure: { answer: hookAnswer('PostToolUseFailure', { additionalContext: 'FAIL CONTEXT' }) },
    })
    calls(['exec_command', { cmd: 'echo oh no; exit 3' }])
    await exec('go')
    expect(given('PostToolUse')).toEqual([])
    expect(given('PostToolUseFailure')).toMatchObject([{ tool_name: 'Bash', error: 'Exit code 3\noh no' }])
    expect(input(1)).toContain('FAIL CONTEXT')
  })

  it('each file of a patch is a Write or Edit; a deny for one denies the patch', async () => {
    configure({
      PreToolUse: {
        matcher: 'Write|Edit',
        answer: hookAnswer('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'protected' }),
      },
    })
    scene.lab.write('old.txt', 'a\nb\n')
    calls([
      'apply_patch',
      '*** Begin Patch\n*** Add File: new.txt\n+hello\n*** Update File: old.txt\n@@\n a\n-b\n+B\n*** End Patch\n',
    ])
    await exec('go')
    expect(isThere('new.txt')).toBe(false)
    expect(readFileSync(join(scene.lab.project, 'old.txt'), 'utf8')).toBe('a\nb\n')
    expect(input(1)).toContain('protected')
    const seen = given('PreToolUse').map(({ tool_name: name, tool_input: value }) => [name, value])
    expect(seen).toHaveLength(2)
    expect(seen).toContainEqual(['Write', { file_path: join(scene.lab.project, 'new.txt'), content: 'hello\n' }])
    expect(seen).toContainEqual([
      'Edit',
      { file_path: join(scene.lab.project, 'old.txt'), old_string: 'a\nb', new_string: 'a\nB', replace_all: false },
    ])
  })

  it('a patch with a new content for a file writes that', async () => {
    scene.lab.write(
      '.claude/pre.sh',
      `sed 's/.*"file_path":"\\([^"]*\\)".*/{"hookSpecificOutput":{"hookEventName":"PreToolUse","updatedInput":{"file_path":"\\1","content":"UPDATED\\\\n"}}}/'`,
    )
    scene.lab.write(
      '.claude/settings.json',
      JSON.stringify({
        hooks: { PreToolUse: [{ matcher: 'Write', hooks: [{ type: 'command', command: 'sh .claude/pre.sh' }] }] },
      }),
    )
    calls(['apply_patch', '*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n'])
    await exec('go')
    expect(readFileSync(join(scene.lab.project, 'new.txt'), 'utf8')).toBe('UPDATED\n')
  })

  it('MCP tools are denied, updated and seen by their names', async () => {
    configure({
      PreToolUse: {
        matcher: 'mcp__stub__.*',
        answer: hookAnswer('PreToolUse', { updatedInput: { text: 'changed' } }),
      },
      PostToolUse: { matcher: 'mcp__stub__echo' },
      PostToolUseFailure: {},
    })
    scene.lab.write('mcp.mjs', MCP_SERVER)
    calls(['mcp__stub__echo', { text: 'asked' }], ['mcp__stub__fail', {}])
    await exec('go')
    expect(input(1)).toContain('echo changed')
    expect(given('PostToolUse')).toMatchObject([
      { tool_name: 'mcp__stub__echo', tool_response: [{ type: 'text', text: 'echo changed' }] },
    ])
    expect(given('PostToolUseFailure')).toMatchObject([
      { tool_name: 'mcp__stub__fail', error: 'it is broken', is_interrupt: false },
    ])
    configure({ PreToolUse: { matcher: 'mcp__stub__echo', exit: 2, stderr: 'no echo' } })
    const before = scene.upstream.turns.length
    scene.script = (n) => (n === before ? [toolCall(mode, n, 'mcp__stub__echo', { text: 'asked' })] : [says('done')])
    await exec('go')
    expect(input(before + 1)).toContain('no echo')
    expect(input(before + 1)).not.toContain('echo asked"')
  })

  it('`continue: false` before a tool ends the turn', async () => {
    configure({ PreToolUse: { answer: JSON.stringify({ continue: false, stopReason: 'enough' }) } })
    calls(['exec_command', { cmd: 'touch denied.txt' }])
    const result = await exec('go')
    expect(result.stdout).toBe('Operation stopped by hook: enough\n')
    expect(scene.upstream.turns).toHaveLength(1)
    expect(isThere('denied.txt')).toBe(false)
  })
})
