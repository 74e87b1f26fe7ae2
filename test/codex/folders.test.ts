import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { type Reply, type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'
import { type AppServer, startAppServer } from './app-server.js'
import { toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let script: (n: number) => Reply
let server: AppServer | undefined
let screen: Screen | undefined
beforeEach(async () => {
  script = () => [says('the answer')]
  upstream = await startScriptedUpstream((n) => script(n), { titlesApart: true })
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
afterEach(async () => {
  await server?.close()
  await screen?.close()
  server = undefined
  screen = undefined
  lab.remove()
  await upstream.close()
})

/** The prompts of the n-th request, as the model got them. */
const prompts = (n: number): string[] => findUserTexts(upstream.turns[n]?.body ?? {}).map(({ text }) => text)
const input = (n: number): string => JSON.stringify(upstream.turns[n]?.body.input)

/** A folder beside the project, trusted unless told, with files in it. */
function folder(name: string, files: Readonly<Record<string, string>> = {}, trusted = true): string {
  const place = join(lab.root, name)
  mkdirSync(place, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, file)), { recursive: true })
    writeFileSync(join(place, file), text)
  }
  const config = join(lab.codexHome, 'config.toml')
  if (trusted) {
    writeFileSync(config, `${readFileSync(config, 'utf8')}\n[projects."${place}"]\ntrust_level = "trusted"\n`)
  }
  return place
}

/** A PreToolUse hook that denies every `rm`, and keeps what it was given. */
const GUARD = {
  '.claude/settings.json': JSON.stringify({
    hooks: {
      PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: 'sh "$CLAUDE_PROJECT_DIR/guard.sh"' }] }],
    },
  }),
  'guard.sh':
    'IN=$(cat)\nprintf \'%s\\n\' "$IN" >> "$CLAUDE_PROJECT_DIR/asked"\ncase $IN in *"rm "*) echo "no rm in $CLAUDE_PROJECT_DIR" >&2; exit 2 ;; esac\n',
}
const WHERE = { '.claude/commands/where.md': '---\nallowed-tools: Bash(pwd)\n---\nHERE: !`pwd` [$ARGUMENTS]' }

const MCP = '{"mcpServers":{"srv":{"command":"true"}}}'

/** What the guard of a folder was given, call by call. */
function asked(place: string): JsonObject[] {
  const file = join(place, 'asked')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JsonObject)
}

/** Types codex's own `/cd`; the path is pasted, as nobody types it. */
async function changeFolder(on: Screen, place: string): Promise<void> {
  await on.waitFor(/› Ask Codex/)
  await new Promise((resolve) => setTimeout(resolve, scaled(250)))
  on.send(`\x1b[200~/cd ${place}\x1b[201~`)
  await on.waitFor((text) => text.replace(/\s/g, '').includes(`›/cd${place}`))
  await new Promise((resolve) => setTimeout(resolve, scaled(250)))
  on.send('\r')
  await on.waitFor(/Working directory changed/)
}

function commit(place: string): void {
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-C', place, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args])
  git('add', '-A')
  git('commit', '-qm', 'all')
}

describe('app-server, started elsewhere', () => {
  it('works with the commands, files, hooks and trust of each thread’s folder', async () => {
    const [one, two] = [
      folder('one', { ...WHERE, ...GUARD, 'note.txt': 'the note of one' }),
      folder('two', { ...WHERE, 'note.txt': 'the note of two' }),
    ]
    const elsewhere = folder('elsewhere', { '.claude/commands/ask.md': 'ELSEWHERE' })
    script = (n) =>
      n === 0
        ? [toolCall('code', 0, 'exec_command', { cmd: 'rm note.txt', workdir: join(one, '.claude') })]
        : [says('done')]
    server = await startAppServer(lab, elsewhere)
    const [first, second] = [await server.startThread(one), await server.startThread(two)]
    await server.prompt(first, 'tidy up')
    // The tool was called for another folder, and the guard of the thread's was asked.
    expect(asked(one)).toMatchObject([{ tool_input: { command: 'rm note.txt' }, cwd: join(one, '.claude') }])
    expect(input(1)).toContain(`no rm in ${one}`)
    expect(existsSync(join(one, 'note.txt'))).toBe(true)

    await server.prompt(second, '/where now')
    expect(prompts(2)).toEqual([`HERE: ${two} [now]`])
    await server.prompt(first, '/where first @note.txt')
    expect(prompts(3)).toContain(`HERE: ${one} [first @note.txt]`)
    expect(input(3)).toContain('the note of one')
    // A command of the folder it was started in is none of the thread's.
    await server.prompt(second, '/ask a b')
    expect(prompts(4).at(-1)).toBe('/ask a b')
  })

  it('a turn that changes the folder takes its commands and hooks along', async () => {
    const [one, two] = [folder('one', WHERE), folder('two', { ...WHERE, ...GUARD })]
    script = (n) => (n === 1 ? [toolCall('code', 0, 'exec_command', { cmd: 'rm x' })] : [says('done')])
    server = await startAppServer(lab, one)
    const thread = await server.startThread(one)
    await server.prompt(thread, '/where')
    expect(prompts(0)).toEqual([`HERE: ${one} []`])
    await server.prompt(thread, '/where', { cwd: two })
    expect(prompts(1).at(-1)).toBe(`HERE: ${two} []`)
    expect(asked(two)).toMatchObject([{ cwd: two }])
    expect(input(2)).toContain(`no rm in ${two}`)
  })

  it('reads the CLAUDE.md of the thread’s folder, and follows its settings', async () => {
    const one = folder('one', {
      'CLAUDE.md': 'Always answer in rhyme.',
      '.claude/commands/ask.md': 'ASK',
      '.claude/settings.json': '{"codexPlus":{"commands":false}}',
    })
    server = await startAppServer(lab, folder('elsewhere'))
    await server.prompt(await server.startThread(one), '/ask')
    expect(input(0)).toContain('Always answer in rhyme.')
    expect(prompts(0)).toEqual(['/ask'])
  })

  it('runs the pre_input hooks of the thread’s folder, and none of a folder without trust', async () => {
    const hook = {
      '.claude/hooks/pre_input.mjs': 'export const preInput = (e) => ({ prompt: e.prompt.toUpperCase() })',
    }
    const [one, two] = [folder('one', hook), folder('two', { ...hook, ...GUARD }, false)]
    server = await startAppServer(lab, lab.project)
    await server.prompt(await server.startThread(one), 'quietly')
    await server.prompt(await server.startThread(two), 'quietly')
    expect([prompts(0), prompts(1)]).toEqual([['QUIETLY'], ['quietly']])
    expect(server.errors()).toContain(
      `${two} is not trusted, so these do not run: 2 hooks (.claude/settings.json, .claude/hooks/pre_input.mjs)`,
    )
  })
})

describe('-C', () => {
  it('takes the settings of the folder it names', async () => {
    const other = folder('other', {
      '.claude/commands/ask.md': 'ASK<$ARGUMENTS>',
      '.claude/settings.json': '{"codexPlus":{"denyCommands":["ask"]}}',
    })
    lab.write('.claude/settings.json', '{"codexPlus":{"commands":false}}')
    const { code, stderr } = await lab.run(CODEX_PLUS, ['-C', other, 'exec', '--skip-git-repo-check', '/ask it'])
    expect(code).toBe(1)
    expect(stderr).toContain(`/ask is not run: denyCommands of ${other}/.claude/settings.json names it.`)
    expect(upstream.turns).toHaveLength(0)
  })
})

describe('--worktree', () => {
  it('runs the shell blocks and hooks of the worktree, which is trusted as its repository is', async () => {
    for (const [file, text] of Object.entries({ ...WHERE, ...GUARD, '.mcp.json': MCP })) lab.write(file, text)
    commit(lab.project)
    lab.write('.claude/commands/where.md', 'the main checkout has another one')
    script = (n) => (n === 0 ? [toolCall('code', 0, 'exec_command', { cmd: 'rm guard.sh' })] : [says('done')])
    const { code, stderr } = await lab.run(CODEX_PLUS, ['exec', '--worktree', '/where'])
    expect(code).toBe(0)
    const [, worktree = ''] = /^HERE: (\S+) \[\]$/.exec(prompts(0)[0] ?? '') ?? []
    expect(worktree).toMatch(/worktrees\/\w+\/project$/)
    expect(asked(worktree)).toMatchObject([{ cwd: worktree, tool_input: { command: 'rm guard.sh' } }])
    expect(asked(lab.project)).toEqual([])
    expect(input(1)).toContain(`no rm in ${worktree}`)
    expect(stderr).toContain(
      `MCP server srv of ${worktree}/.mcp.json cannot start in this thread: codex got its MCP servers when it started, in ${lab.project}.`,
    )
  })
})

describe('--worktree in the TUI', LOST_KEYS, () => {
  it('takes what is typed for a command of the worktree before anything was sent', async () => {
    lab.write('.claude/commands/kept.md', 'KEPT<$ARGUMENTS>')
    commit(lab.project)
    lab.write('.claude/commands/uncommitted.md', 'UNCOMMITTED')
    screen = openScreen(lab, CODEX_PLUS, ['--worktree'])
    await screen.waitFor(/ · \S+\/worktrees\/\w+\/project$/m)
    await screen.enter('/uncommitted')
    await screen.waitFor(/Unrecognized command '\/uncommitted'/)
    screen.send('\x03')
    await screen.waitFor(/› Ask Codex/)
    await screen.enter('/kept words')
    await screen.waitFor(/the answer/)
    expect(prompts(0)).toEqual(['KEPT<words>'])
    await screen.leave()
  })
})

describe('/cd in the TUI', LOST_KEYS, () => {
  it('takes the commands of the new folder, and its guards are asked', async () => {
    const other = folder('other', { ...GUARD, '.claude/commands/only.md': 'ONLY<$ARGUMENTS>', '.mcp.json': MCP })
    lab.write('.claude/commands/ask.md', 'ASK<$ARGUMENTS>')
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/› Ask Codex/)
    await screen.enter('/ask one')
    await screen.waitFor(/the answer/)
    expect(prompts(0)).toEqual(['ASK<one>'])
    await changeFolder(screen, other)
    script = (n) => (n === 1 ? [toolCall('code', 0, 'exec_command', { cmd: 'rm guard.sh' })] : [says('all done')])
    await screen.enter('/only two')
    await screen.waitFor(/all done/)
    expect(prompts(1).at(-1)).toBe('ONLY<two>')
    expect(asked(other)).toMatchObject([{ cwd: other }])
    expect(input(2)).toContain(`no rm in ${other}`)
    // The old folder's command is codex's to refuse.
    await screen.enter('/ask three')
    await screen.waitFor(/Unrecognized command '\/ask'/)
    await screen.leave()
    expect(screen.bytes()).toContain(`MCP server srv of ${other}/.mcp.json cannot start in this thread`)
  })

  it('runs no command there whose own guards this session cannot ask', async () => {
    const hooks =
      '---\nhooks:\n  PreToolUse:\n    - hooks:\n        - type: command\n          command: exit 2\n---\nGUARDED'
    const other = folder('other', { '.claude/commands/guarded.md': hooks, '.claude/commands/plain.md': 'PLAIN' })
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/› Ask Codex/)
    await screen.enter('hello')
    await screen.waitFor(/the answer/)
    await changeFolder(screen, other)
    await screen.enter('/plain')
    await screen.waitFor(/\/plain[\s\S]*the answer/)
    expect(prompts(1).at(-1)).toBe('PLAIN')
    await screen.enter('/guarded')
    await screen.waitFor(/nothing was sent/)
    expect(upstream.turns).toHaveLength(2)
    await screen.leave()
  })

  it('sends nothing from a folder whose guards this session cannot ask', async () => {
    const other = folder('other', GUARD, false)
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/› Ask Codex/)
    await screen.enter('hello')
    await screen.waitFor(/the answer/)
    // Nobody knew the folder when the session began.
    expect((await lab.run(CODEX_PLUS, ['plus', 'trust', other])).code).toBe(0)
    await changeFolder(screen, other)
    await screen.enter('go on')
    await screen.waitFor(/nothing was sent/)
    const text = screen.text().replace(/\s+/g, '')
    expect(text).toContain(`${other}/.claude/settings.json(PreToolUse)cannotruninthissession`)
    expect(text).toContain(`codex-plus-C${other}resume`)
    expect(upstream.turns).toHaveLength(1)
    await screen.leave()
  })
})
