import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { says } from '../fixtures/upstream/scripted.js'
import { configureHooks, givenTo, hookAnswer, type Mode, modeFlags, toolCall } from './hooks-lab.js'
import type { RunResult } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene()

const input = (n: number): string => JSON.stringify(scene.upstream.turns[n]?.body.input)
const isThere = (name: string): boolean => existsSync(join(scene.lab.project, name))
const patchCommand = (file: string, before = ''): string =>
  `${before}apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: ${file}\n+text\n*** End Patch\nEOF\n`

/** Runs one shell command of the model. */
async function command(
  mode: Mode,
  call: { cmd: string; [key: string]: unknown },
  ...flags: string[]
): Promise<RunResult> {
  scene.script = (n) => (n === 0 ? [toolCall(mode, 0, 'exec_command', call)] : [says('done')])
  return await scene.run(...modeFlags(mode), ...flags, 'exec', '-s', 'workspace-write', 'go')
}

describe.each<Mode>(['code', 'classic'])('a patch inside a shell command in %s mode', (mode) => {
  it.each([
    ['alone', patchCommand('.env'), '.env'],
    ['in another folder', patchCommand('.env', 'cd sub && '), 'sub/.env'],
  ])('%s is refused by a hook for Write', async (_, cmd, file) => {
    mkdirSync(join(scene.lab.project, 'sub'))
    configureHooks(scene.lab, {
      PreToolUse: {
        matcher: 'Write|Edit',
        answer: hookAnswer('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'PROTECTED' }),
      },
    })
    await command(mode, { cmd })
    expect(isThere(file)).toBe(false)
    expect(input(1)).toContain('PROTECTED')
    expect(givenTo(scene.lab, 'PreToolUse')).toMatchObject([
      { tool_name: 'Write', tool_input: { file_path: join(scene.lab.project, file), content: 'text\n' } },
    ])
  })

  it('is a Bash and a Write before and after it ran', async () => {
    mkdirSync(join(scene.lab.project, 'sub'))
    configureHooks(scene.lab, { PreToolUse: {}, PostToolUse: {}, PostToolUseFailure: {} })
    await command(mode, { cmd: patchCommand('new.txt'), workdir: join(scene.lab.project, 'sub') })
    expect(isThere('sub/new.txt')).toBe(true)
    const seen = (event: string): unknown[] =>
      givenTo(scene.lab, event)
        .map(({ tool_name, tool_input, cwd }) => [tool_name, (tool_input as { file_path?: unknown }).file_path, cwd])
        .sort()
    const folder = join(scene.lab.project, 'sub')
    const both = [
      ['Bash', undefined, folder],
      ['Write', join(folder, 'new.txt'), folder],
    ]
    expect(seen('PreToolUse')).toEqual(both)
    expect(seen('PostToolUse')).toEqual(both)
    expect(seen('PostToolUseFailure')).toEqual([])
  })

  it('is written with the new content of a hook', async () => {
    const updatedInput = { file_path: join(scene.lab.project, 'new.txt'), content: 'OTHER\n' }
    configureHooks(scene.lab, {
      PreToolUse: { matcher: 'Write', answer: hookAnswer('PreToolUse', { updatedInput }) },
      PostToolUse: { matcher: 'Write' },
    })
    await command(mode, { cmd: patchCommand('new.txt') })
    expect(givenTo(scene.lab, 'PostToolUse')).toMatchObject([{ tool_input: { content: 'OTHER\n' } }])
  })

  it('that stops the turn after it ran has the last word', async () => {
    configureHooks(scene.lab, {
      PostToolUse: { matcher: 'Write', answer: JSON.stringify({ continue: false, stopReason: 'ENOUGH' }) },
    })
    const { stdout } = await command(mode, { cmd: patchCommand('new.txt') })
    expect(isThere('new.txt')).toBe(true)
    expect(scene.upstream.turns).toHaveLength(1)
    expect(stdout).toContain('ENOUGH')
  })

  it('asks the hooks of a permission request for both', async () => {
    configureHooks(scene.lab, {
      PermissionRequest: {
        matcher: 'Write',
        answer: hookAnswer('PermissionRequest', { decision: { behavior: 'deny', message: 'NOT THERE' } }),
      },
    })
    // Below /tmp a patch needs no permission.
    const outside = `/codex-plus-${process.pid}.txt`
    await command(mode, { cmd: patchCommand(outside) }, '-c', 'approvals_reviewer="auto_review"')
    expect(existsSync(outside)).toBe(false)
    expect(givenTo(scene.lab, 'PermissionRequest')).toMatchObject([
      { tool_name: 'Write', tool_input: { file_path: outside } },
    ])
    expect(input(1)).toContain('NOT THERE')
  })
})
