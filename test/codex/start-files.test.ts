import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { says } from '../fixtures/upstream/scripted.js'
import { configureHooks, givenTo, type HooksByEvent, hookAnswer, toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type RunResult } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene()

/** Start files of a shell that print, each with the variables that make codex's shell read it. */
const NOISY: Readonly<Record<string, () => NodeJS.ProcessEnv>> = {
  'BASH_ENV with a trap and functions': () => ({
    BASH_ENV: startFile(
      'env.sh',
      "echo NOISE; trap 'echo NOISE' EXIT; cat() { echo NOISE; }; printf() { echo NOISE; }; read() { false; }",
    ),
  }),
  '~/.bashrc of an ssh command': () => {
    startFile('home/.bashrc', 'echo NOISE')
    return { SSH_CLIENT: '127.0.0.1 1 2', SHLVL: '0' }
  },
  // codex-plus cannot keep its own file where bash would expand the path.
  'BASH_ENV that cannot be kept out': () => ({
    BASH_ENV: startFile('env.sh', "echo NOISE; trap 'echo NOISE' EXIT"),
    XDG_STATE_HOME: join(scene.lab.root, 'a$state'),
  }),
}

function startFile(path: string, text: string): string {
  const file = join(scene.lab.root, path)
  writeFileSync(file, `${text}\n`)
  return file
}

const configure = (hooks: HooksByEvent): void => configureHooks(scene.lab, hooks)
const input = (n: number): string => JSON.stringify(scene.upstream.turns[n]?.body.input)
const isThere = (name: string): boolean => existsSync(join(scene.lab.project, name))

describe.each(Object.keys(NOISY))('with a start file that prints: %s', (kind) => {
  const kept = kind !== 'BASH_ENV that cannot be kept out'
  const exec = (...args: string[]): Promise<RunResult> =>
    scene.lab.run(CODEX_PLUS, [...args.slice(0, -1), 'exec', args.at(-1) ?? ''], { env: NOISY[kind]?.() ?? {} })

  it('a blocked prompt is not sent, and the reason is said', async () => {
    configure({ UserPromptSubmit: { exit: 2, stderr: 'HELD' } })
    const { stderr } = await exec('a secret')
    expect(scene.upstream.turns).toHaveLength(0)
    expect(stderr).toMatch(/UserPromptSubmit operation blocked by hook: .*HELD/)
  })

  it('a denied tool does not run, and the model gets reason and context', async () => {
    configure({
      PreToolUse: {
        answer: hookAnswer('PreToolUse', {
          permissionDecision: 'deny',
          permissionDecisionReason: 'NEVER TOUCH',
          additionalContext: 'MORE ON IT',
        }),
      },
    })
    scene.script = (n) => (n === 0 ? [toolCall('classic', 0, 'exec_command', { cmd: 'touch denied' })] : [says('done')])
    await exec('-m', 'gpt-5.5', 'go')
    expect(isThere('denied')).toBe(false)
    expect(input(1)).toContain('NEVER TOUCH')
    expect(input(1)).toContain('MORE ON IT')
    expect(input(1)).not.toContain('hookSpecificOutput')
  })

  it('a stop that is blocked goes on', async () => {
    let stops = 0
    scene.script = () => {
      stops += 1
      if (stops === 2) configure({ Stop: {} })
      return [says('done')]
    }
    configure({ Stop: { answer: JSON.stringify({ decision: 'block', reason: 'GO ON' }) } })
    await exec('go')
    expect(scene.upstream.turns).toHaveLength(2)
    expect(input(1)).toContain('GO ON')
  })

  it('contexts reach the model as text', async () => {
    configure({
      SessionStart: { answer: hookAnswer('SessionStart', { additionalContext: 'AT THE START' }) },
      UserPromptSubmit: { answer: 'WITH THE PROMPT' },
    })
    await exec('go')
    expect(input(0)).toContain('AT THE START')
    expect(input(0)).toContain('WITH THE PROMPT')
    expect(input(0)).not.toContain('hookSpecificOutput')
    if (kept) expect(input(0)).not.toContain('NOISE')
  })

  it('a turn that is stopped after a tool asks the model no more', async () => {
    configure({ PostToolUse: { answer: JSON.stringify({ continue: false, stopReason: 'ENOUGH' }) } })
    scene.script = (n) => (n === 0 ? [toolCall('classic', 0, 'exec_command', { cmd: 'touch done' })] : [says('more')])
    await exec('-m', 'gpt-5.5', 'go')
    expect(isThere('done')).toBe(true)
    expect(scene.upstream.turns).toHaveLength(1)
  })

  it("the model's commands still read it, with the variables as they were", async () => {
    configure({ PostToolUse: {} })
    const cmd = 'echo "LEVEL=$SHLVL ENV=$BASH_ENV"; bash -c :'
    scene.script = (n) => (n === 0 ? [toolCall('classic', 0, 'exec_command', { cmd })] : [says('done')])
    await exec('-m', 'gpt-5.5', 'go')
    const output = input(1)
    scene.upstream.turns.length = 0
    await exec('-m', 'gpt-5.5', '--plus-no-hooks', 'go')
    const words = (text: string): string[] => text.match(/NOISE|LEVEL=\S*|ENV=[^"\\ ]*/g) ?? []
    expect(words(output)).toEqual(words(input(1)))
  })
})

describe('a permission request', () => {
  it('is denied by its hook where a start file prints', async () => {
    mkdirSync(join(scene.lab.project, '.claude'))
    configure({
      PermissionRequest: {
        answer: hookAnswer('PermissionRequest', { decision: { behavior: 'deny', message: 'NOT THIS' } }),
      },
    })
    scene.script = (n) => {
      if (n > 0) return [says('done')]
      return [toolCall('classic', 0, 'exec_command', { cmd: 'touch /asked', sandbox_permissions: 'require_escalated' })]
    }
    const flags = ['-m', 'gpt-5.5', '-c', 'approvals_reviewer="auto_review"']
    const env = { BASH_ENV: startFile('env.sh', 'echo NOISE'), XDG_STATE_HOME: join(scene.lab.root, 'a$state') }
    await scene.lab.run(CODEX_PLUS, [...flags, 'exec', 'go'], { env })
    expect(givenTo(scene.lab, 'PermissionRequest')).toHaveLength(1)
    expect(input(1)).toContain('NOT THIS')
    expect(existsSync('/asked')).toBe(false)
  })
})
