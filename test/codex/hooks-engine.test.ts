import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/request/request-body.js'
import { says } from '../fixtures/upstream/scripted.js'
import { modeFlags, toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type RunResult } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene()

const exec = (...args: string[]): Promise<RunResult> =>
  scene.lab.run(CODEX_PLUS, [...modeFlags('classic'), 'exec', '-s', 'workspace-write', ...args])
/** What was sent with the n-th request behind codex's own instructions. */
const input = (n: number): string => {
  const items = (scene.upstream.turns[n]?.body.input ?? []) as JsonObject[]
  return JSON.stringify(items.filter((item, at) => at > 1 || item.role !== 'developer'))
}
const isThere = (name: string): boolean => existsSync(join(scene.lab.project, name))
const settings = (hooks: JsonObject): void => scene.lab.write('.claude/settings.json', JSON.stringify({ hooks }))
const command = (line: string, more: JsonObject = {}): JsonObject => ({ type: 'command', command: line, ...more })
const answer = (event: string, fields: JsonObject): string =>
  `cat >/dev/null; echo '${JSON.stringify({ hookSpecificOutput: { hookEventName: event, ...fields } })}'`

describe('hooks in a run of the real codex', () => {
  it("a command's text is followed by what UserPromptExpansion hooks say; a block sends nothing", async () => {
    settings({
      UserPromptExpansion: [
        { matcher: 'c', hooks: [command(answer('UserPromptExpansion', { additionalContext: 'EXPANSION CONTEXT' }))] },
        { matcher: 'd', hooks: [command(`echo '{"decision":"block","reason":"NOT THAT ONE"}'`)] },
      ],
    })
    scene.lab.write('.claude/commands/c.md', 'BODY $ARGUMENTS')
    scene.lab.write('.claude/commands/d.md', '---\nallowed-tools: Bash\n---\n!`touch ran`')
    expect(await exec('/c words')).toMatchObject({ code: 0, stdout: 'the answer\n' })
    expect(input(0)).toMatch(/BODY words.*UserPromptExpansion hook additional context: EXPANSION CONTEXT/)
    const blocked = await exec('/d')
    expect(blocked).toMatchObject({ code: 1, stdout: '' })
    expect(blocked.stderr).toContain('UserPromptExpansion operation blocked by hook:\nNOT THAT ONE')
    expect(scene.upstream.turns).toHaveLength(1)
    expect(isThere('ran')).toBe(false)
  })

  it("hooks of a command's front matter count once it is invoked", async () => {
    const deny = answer('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'NOT IN THIS COMMAND' })
    scene.lab.write('deny.sh', deny)
    scene.lab.write(
      '.claude/commands/careful.md',
      '---\nhooks:\n  PreToolUse:\n    - matcher: Bash\n      hooks:\n        - type: command\n          command: sh deny.sh\n---\nBe careful.',
    )
    scene.script = (n) =>
      n % 2 === 0 ? [toolCall('classic', n, 'exec_command', { cmd: `touch file${n}` })] : [says('done')]
    await exec('/careful')
    expect(isThere('file0')).toBe(false)
    expect(input(1)).toContain('NOT IN THIS COMMAND')
    await exec('without it')
    expect(isThere('file2')).toBe(true)
  })

  it('a prompt hook asks the model with the login of the run, and its no ends the turn', async () => {
    settings({ PreToolUse: [{ hooks: [{ type: 'prompt', prompt: 'Is this safe? $ARGUMENTS' }] }] })
    scene.script = (n) => {
      if (n === 0) return [toolCall('classic', n, 'exec_command', { cmd: 'touch denied' })]
      return n === 1 ? [says('{"ok": false, "reason": "TOO RISKY"}')] : [says('done')]
    }
    const { code, stdout } = await exec('go')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Operation stopped by hook: .*TOO RISKY\n$/)
    expect(isThere('denied')).toBe(false)
    expect(scene.upstream.turns).toHaveLength(2)
    expect(input(1)).toContain('Is this safe?')
    expect(scene.upstream.turns[1]?.headers.authorization).toBe(scene.upstream.turns[0]?.headers.authorization)
  })

  it('the shipped hooks work as their guide says', async () => {
    cpSync(new URL('../../hooks/', import.meta.url).pathname, join(scene.lab.project, '.claude/hooks'), {
      recursive: true,
    })
    const hook = (program: string) => [
      { hooks: [command(`${program.replace(' ', ' "$CLAUDE_PROJECT_DIR"/.claude/hooks/')}`)] },
    ]
    settings({
      SessionStart: hook('sh git-status.sh'),
      PreToolUse: [...hook('node block-dangerous.mjs'), ...hook('node protect-files.mjs')],
      PostToolUse: hook('node format-after-edit.mjs'),
    })
    const patch = (file: string) => `*** Begin Patch\n*** Add File: ${file}\n+A=1\n*** End Patch`
    scene.script = (n) => {
      if (n === 0) return [toolCall('classic', n, 'exec_command', { cmd: 'touch before; git clean -fdx' })]
      if (n === 1) return [toolCall('classic', n, 'apply_patch', patch('.env'))]
      if (n === 2) return [toolCall('classic', n, 'apply_patch', patch('plain.txt'))]
      return [says('done')]
    }
    const token = `ghp_${'aB3'.repeat(12)}`
    expect(await exec(`use ${token} for it`)).toMatchObject({ code: 0, stdout: 'done\n' })
    expect(input(0)).toContain('use [GitHub token removed] for it')
    expect(input(3)).not.toContain(token)
    expect(input(0)).toMatch(/Git branch: \w+\\nChanged files/)
    expect(input(1)).toContain('it deletes files that git does not know')
    expect(input(2)).toContain('.env is protected')
    expect(['before', '.env', 'plain.txt'].map(isThere)).toEqual([false, false, true])
  })

  it('what a hook says that nobody waited for comes with a later event', async () => {
    settings({
      PostToolUse: [
        { hooks: [command(`${answer('PostToolUse', { additionalContext: 'LATE CONTEXT' })}`, { async: true })] },
      ],
    })
    scene.script = (n) => (n < 2 ? [toolCall('classic', n, 'exec_command', { cmd: 'sleep 0.5' })] : [says('done')])
    await exec('go')
    expect(input(1)).not.toContain('LATE CONTEXT')
    expect(input(2)).toContain('LATE CONTEXT')
  })
})
