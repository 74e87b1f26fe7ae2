import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'
import { expectNothingLeft, processesOf } from '../codex/processes.js'
import { LOST_KEYS, openScreen, type Screen } from '../codex/screen.js'
import { type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'

/** Whatever codex-plus runs for a turn ends with the turn that is given up, and with codex-plus, however that ends. */
let upstream: ScriptedUpstream
let lab: Lab

beforeEach(async () => {
  upstream = await startScriptedUpstream(() => [says('the answer')], { titlesApart: true })
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
  mkdirSync(join(lab.root, 'marks'))
})
afterEach(async () => {
  lab.remove()
  await upstream.close()
})

const mark = (name: string): string => join(lab.root, 'marks', name)
const begun = (): Promise<void> => expect.poll(() => existsSync(mark('begun')), { timeout: scaled(30_000) }).toBe(true)

/** A program that leaves a child in the background, ignores what it can, and would do its work after some seconds. */
function stubborn(): string {
  return [
    // codex does not give up the request for the thread's title, which it makes on the side.
    '[ -t 0 ] || read -r input; case $input in *thread_title*) exit 0 ;; esac',
    "trap '' HUP INT TERM",
    `(trap '' HUP INT TERM; sleep 331; touch ${mark('background')}) >/dev/null 2>&1 &`,
    `touch ${mark('begun')}`,
    'sleep 8',
    `touch ${mark('done')}`,
    'sleep 332',
  ].join('\n')
}

function writeProgram(path: string): void {
  lab.write(path, `#!/bin/sh\n${stubborn()}\n`)
  chmodSync(join(lab.project, path), 0o755)
}

/** Sets up a project in which a turn runs the program as `kind`; returns the prompt. */
const KINDS: Readonly<Record<string, () => string>> = {
  'a shell block': () => {
    lab.write('work.sh', stubborn())
    lab.write('.claude/commands/work.md', '---\nallowed-tools: Bash(*)\n---\n!`sh ./work.sh`\n')
    return '/work'
  },
  'a `!` body': () => {
    lab.write('work.sh', stubborn())
    lab.write('.claude/commands/work.md', '---\nallowed-tools: Bash(*)\n---\n! sh ./work.sh\n')
    return '/work'
  },
  'a pre_input filter': () => {
    writeProgram('.claude/hooks/pre_input.sh')
    return 'hello'
  },
  'a post_output filter': () => {
    writeProgram('.claude/hooks/post_output.sh')
    return 'hello'
  },
  'a command hook': () => {
    writeProgram('work.sh')
    const hooks = [{ hooks: [{ type: 'command', command: './work.sh' }] }]
    lab.write('.claude/settings.json', JSON.stringify({ hooks: { UserPromptSubmit: hooks } }))
    return 'hello'
  },
}
const SETTINGS = JSON.stringify({ hooks: { timeoutMs: 120_000 }, statusLine: true })

function setUp(kind: string): string {
  const folder = join(lab.home, '.config/codex-plus')
  mkdirSync(folder, { recursive: true })
  lab.write('../home/.config/codex-plus/settings.json', SETTINGS)
  return KINDS[kind]?.() ?? ''
}

describe.each(Object.keys(KINDS))('%s that runs', (kind) => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('ends with codex-plus, by %s', async (signal) => {
    const prompt = setUp(kind)
    const run = spawn(process.execPath, [CODEX_PLUS, 'exec', prompt], {
      cwd: lab.project,
      env: lab.env,
      stdio: 'ignore',
      detached: true,
    })
    const ended = once(run, 'exit')
    await begun()
    run.kill(signal)
    await ended
    await expectNothingLeft(lab)
    expect(existsSync(mark('done'))).toBe(false)
    expect(existsSync(mark('background'))).toBe(false)
  })
})

describe('in the TUI', () => {
  let screen: Screen
  afterEach(() => screen.close())

  const working = (): string[] =>
    processesOf(lab)
      .map(({ command }) => command)
      .filter((command) => /work\.sh|pre_input|post_output|sleep 33|sleep 8/.test(command))

  it.each(Object.keys(KINDS))('%s ends with the turn, by Esc', LOST_KEYS, async (kind) => {
    const prompt = setUp(kind)
    screen = openScreen(lab, CODEX_PLUS, [])
    await expect.poll(() => screen.text(), { timeout: scaled(30_000) }).toContain('›')
    await screen.enter(prompt)
    await begun()
    await expect.poll(() => screen.text(), { timeout: scaled(15_000) }).toMatch(/esc to interrupt/i)
    expect(working()).not.toEqual([])
    await screen.type('\x1b')
    await expect.poll(working, { timeout: scaled(7_000) }).toEqual([])
    expect(existsSync(mark('done'))).toBe(false)
    expect(screen.text()).not.toContain('the answer')
    await screen.leave()
    await expectNothingLeft(lab)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('a status line ends with codex-plus, by %s', async (signal) => {
    setUp('')
    writeProgram('work.sh')
    lab.write('.claude/settings.json', JSON.stringify({ statusLine: { type: 'command', command: './work.sh' } }))
    screen = openScreen(lab, CODEX_PLUS, [])
    await begun()
    process.kill(screen.pid, signal)
    await screen.ended
    await expectNothingLeft(lab)
  })
})
