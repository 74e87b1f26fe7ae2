import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { spawn } from 'node-pty'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionFolder } from '../../src/session/session-folder.js'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'
import { type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'

/** The beginning of a line that looks like one of codex-plus. */
const FORGED = 'codex-plus: your login has expired'
/** What acts on a terminal, hides in a text, or forges a line. */
const EVIL = `x\x1b]52;c;ZXZpbA==\x07y\x1b[2J\x9b2J\x90q\x7f\u202eabc\u2066d\u200be\u200ff\ufeff\u2028g\u00adh`
const NAME = `n${EVIL}\n${FORGED}\r\n${FORGED}`
/** The same without what no file name has. */
const FILE = `${NAME.replaceAll('/', '')}`
const yaml = (text: string): string => JSON.stringify(text)

/** What must not arrive at a terminal as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
const ACTING = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

let lab: Lab
let upstream: ScriptedUpstream
let project: string
beforeAll(async () => {
  upstream = await startScriptedUpstream(() => [says(`answer ${NAME}`)])
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
  project = join(lab.project, FILE)
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), text)
  }
  const hook = { matcher: NAME, hooks: [{ type: 'command', command: `true # ${NAME}`, statusMessage: NAME }] }
  const bad = { matcher: [NAME], hooks: [{ type: NAME, command: 1 }] }
  write(
    '.claude/settings.json',
    JSON.stringify({
      [NAME]: 1,
      hooks: { PreToolUse: [hook, bad], [NAME]: [hook], SessionStart: [{ hooks: [{ type: 'http', url: NAME }] }] },
      permissions: { allow: [`Bash(${NAME})`, NAME], deny: [`Read(${NAME})`], defaultMode: NAME, [NAME]: [] },
      env: { [NAME]: NAME, A: NAME },
      statusLine: { type: 'command', command: NAME },
      outputStyle: NAME,
      model: NAME,
      enabledPlugins: { [NAME]: true },
      codexPlus: { [NAME]: NAME, dialect: NAME, hooks: { onError: NAME } },
    }),
  )
  const server = { command: 'node', args: ['-e', ''], env: { [NAME]: NAME } }
  write(
    '.mcp.json',
    JSON.stringify({ mcpServers: { [NAME]: server, other: { type: NAME, url: NAME }, [`u${NAME}`]: { url: NAME } } }),
  )
  const front = `---\ndescription: ${yaml(NAME)}\nargument-hint: ${yaml(NAME)}\nmodel: ${yaml(NAME)}\nallowed-tools: ${yaml(NAME)}\n${yaml(NAME)}: 1\n---\n`
  write('.claude/commands/plain.md', `${front}Text ${NAME} $1 @${EVIL}\n`)
  write('.claude/commands/blocks.md', `${front}Text !\`echo '${NAME}'; exit 3\`\n`)
  write(`.claude/commands/${FILE}.md`, 'Text')
  write('.claude/commands/ev\u202eil\u200b.md', `${front}Text`)
  write('.claude/commands/broken.md', `---\n${NAME}: [\n---\nText`)
  write('.claude/skills/ski\u202ell/SKILL.md', `---\nname: ${yaml(NAME)}\ndescription: ${yaml(NAME)}\n---\nText`)
  write('.claude/agents/agent.md', `---\nname: ${yaml(NAME)}\ndescription: ${yaml(NAME)}\n---\nText`)
  write(`.claude/agents/a\u202eb.md`, 'Text')
  write(`.claude/rules/r\u202eb.md`, 'Text')
  write('.claude/output-styles/st\u202eyle.md', 'Text')
  write(
    '.claude/modules/bad\u202e.mjs',
    `export default { name: ${yaml(NAME)}, aliases: [${yaml(NAME)}], description: ${yaml(NAME)}, mutatePrompt: () => 'x' }`,
  )
  write('.claude/modules/throws.mjs', `throw new Error(${yaml(NAME)})`)
  write('.claude/hooks/pre_input-\u202e.mjs', `throw new Error(${yaml(NAME)})`)
  writeFileSync(
    join(lab.codexHome, 'config.toml'),
    `openai_base_url = "${upstream.url}"\n[projects.${yaml(project).replaceAll('\x7f', '\\u007f')}]\ntrust_level = "trusted"\n[projects.${yaml(lab.project)}]\ntrust_level = "trusted"\n`,
  )
  // A thread, recorded in the plain project; its folder is that with the evil name.
  const recorded = await lab.run(CODEX_PLUS, ['--plus-trace', 'exec', `prompt ${NAME.replaceAll('\x00', '')}`])
  expect(recorded.code).toBe(0)
  const sessions = sessionFolder(lab.env)
  for (const name of readdirSync(sessions).filter((file) => file.endsWith('.jsonl'))) {
    const file = join(sessions, name)
    const lines = readFileSync(file, 'utf8').split('\n')
    const changed = lines.map((line) => {
      if (line === '') return line
      const entry = JSON.parse(line)
      return JSON.stringify({ ...entry, ...(entry.type === 'run' ? { project, model: NAME, agent: NAME } : {}) })
    })
    writeFileSync(file, changed.join('\n'))
  }
  const traces = join(lab.home, '.local/state/codex-plus/trace')
  for (const name of readdirSync(traces).filter((file) => file.endsWith('.jsonl'))) {
    const file = join(traces, name)
    const lines = readFileSync(file, 'utf8').split('\n')
    const changed = lines.map((line) => {
      if (line === '') return line
      const entry = JSON.parse(line)
      const notes = [{ about: NAME, name: NAME, outcome: NAME }]
      return JSON.stringify({
        ...entry,
        path: `/responses${NAME}`,
        model: NAME,
        error: NAME,
        notes,
        kind: NAME,
        via: NAME,
      })
    })
    writeFileSync(file, changed.join('\n'))
  }
}, scaled(120_000))
afterAll(async () => {
  lab.remove()
  await upstream.close()
})

/** Runs codex-plus on a terminal of its own and returns what it wrote there. */
function onTerminal(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CODEX_PLUS, ...args], {
      cols: 400,
      cwd: project,
      env: lab.env,
      encoding: 'utf8',
    })
    let shown = ''
    child.onData((data) => {
      shown += data
    })
    const timer = setTimeout(() => child.kill(), scaled(60_000))
    child.onExit(() => {
      clearTimeout(timer)
      resolve(shown)
    })
  })
}

/** Leaves out what codex-plus may write itself: colours, the line of progress, and the line ends of the terminal. */
function ofOthers(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches escape sequences
  return text.replace(/\x1b\[[0-9;]*m|\r\x1b\[K/g, '').replaceAll('\r\n', '\n')
}

/** Commands that show texts of several lines: only there may a line begin with anything. */
const TEXTS: ReadonlyArray<readonly string[]> = [
  ['sessions', 'show', 'last'],
  ['sessions', 'show', 'last', '--full'],
  ['sessions', 'export', 'last'],
  ['sessions', 'export', 'last', '--format', 'html'],
  ['commands', 'show', 'plain'],
  ['commands', 'expand', `/plain ${NAME}`],
  ['commands', 'expand', '/blocks'],
  ['commands', 'expand', `/${NAME}`],
]
const LINES: ReadonlyArray<readonly string[]> = [
  ['commands', 'list', '--all'],
  ['commands', 'list', '--names'],
  ['commands', 'list', '--json'],
  ['commands', 'lint'],
  ['commands', 'lint', '--json'],
  ['commands', 'show', NAME],
  ['commands', 'expand', '--json', `/plain ${NAME}`],
  ['commands', 'expand', '--dialect', NAME, '/plain'],
  ['hooks', 'list'],
  ['hooks', 'list', '--json'],
  ['hooks', 'run', NAME],
  ['hooks', 'run', 'SessionStart'],
  ['modules', 'list'],
  ['modules', 'list', '--json'],
  ['modules', 'new', NAME],
  ['plus', 'mcp', 'list'],
  ['plus', 'mcp', 'list', '--json'],
  ['plus', 'mcp', 'tools'],
  ['plus', 'mcp', 'tools', NAME],
  ['plus', 'mcp', 'call', NAME, NAME],
  ['plus', 'mcp', 'login', NAME],
  ['plus', 'mcp', 'logout', NAME],
  ['plus', 'permissions', 'list'],
  ['plus', 'permissions', 'list', '--json'],
  ['plus', 'permissions', 'test', 'Bash', `echo ${NAME}`],
  ['plus', 'permissions', 'test', NAME, NAME],
  ['sessions', 'list'],
  ['sessions', 'list', '--json'],
  ['sessions', 'list', NAME],
  ['sessions', 'list', '--since', NAME],
  ['sessions', 'show', NAME],
  ['sessions', 'show', 'last', '--json'],
  ['sessions', 'export', 'last', '--format', 'json'],
  ['sessions', 'export', 'last', '--format', NAME],
  ['sessions', 'export', 'last', '-o', `/nowhere/${FILE}`],
  ['sessions', 'prune', NAME],
  ['plus', 'trace'],
  ['plus', 'trace', '--json'],
  ['plus', 'trace', NAME],
  ['plus', 'replay', NAME],
  ['plus', 'replay', 'last', '--json'],
  ['plus', 'doctor'],
  ['plus', 'doctor', '--json'],
  ['plus', 'coming-from-claude'],
  ['plus', 'coming-from-claude', '--json'],
  ['plus', 'trust'],
  ['plus', 'trust', '--list'],
  ['plus', 'trust', NAME],
  ['plus', 'trust', '--remove'],
  ['plus', 'completion', NAME],
  ['plus', 'init'],
  ['plus', NAME],
  ['plus', 'doctor', `--${NAME}`],
  [`--plus-${NAME}`],
  ['--plus-upstream', NAME, 'exec', 'x'],
  ['--plus-dialect', NAME, 'exec', 'x'],
  ['--plus-log', NAME, 'exec', 'x'],
  ['-C', `/nowhere/${FILE}`, '--plus-dialect', NAME, 'commands', 'list'],
]

describe('on a terminal nothing of others acts, hides or forges a line', () => {
  it.each(
    LINES.map((args) => [args.map((arg) => arg.replaceAll(NAME, 'NAME').replaceAll(FILE, 'FILE')).join(' '), args]),
  )('%s', async (_, args) => {
    // codex itself shows names as they are.
    const [shown = ''] = ofOthers(await onTerminal(args as readonly string[])).split('OpenAI Codex v')
    expect(shown).not.toBe('')
    expect(ACTING.exec(shown)?.index ?? null, JSON.stringify(shown)).toBeNull()
    expect(shown.split('\n').filter((line) => line.startsWith(FORGED))).toEqual([])
  })

  it.each(TEXTS.map((args) => [args.join(' ').replaceAll(NAME, 'NAME'), args]))('%s', async (_, args) => {
    const shown = ofOthers(await onTerminal(args as readonly string[]))
    expect(ACTING.exec(shown)?.index ?? null, JSON.stringify(shown)).toBeNull()
    expect(shown).toMatch(/\\x1b|\\u202e/)
  })

  it('JSON has the same values, as \\uXXXX', async () => {
    const [shown, piped] = [
      await onTerminal(['sessions', 'list', '--json']),
      (await lab.run(CODEX_PLUS, ['sessions', 'list', '--json'])).stdout,
    ]
    expect(JSON.parse(shown)).toEqual(JSON.parse(piped))
    expect(shown).toContain('\\u009b')
    expect(piped).toContain('\x9b')
  })

  it('an export of JSON into a file is as it was recorded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'codex-plus-export-'))
    const file = join(folder, 'thread.json')
    expect((await lab.run(CODEX_PLUS, ['sessions', 'export', 'last', '-o', file])).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toContain('\x9b2J')
    rmSync(folder, { recursive: true })
  })

  it('a run forges no line with its notices', async () => {
    const { stderr } = await lab.run(
      CODEX_PLUS,
      ['--plus-upstream', 'echo', 'exec', '--skip-git-repo-check', 'hello'],
      {
        cwd: project,
      },
    )
    // codex itself shows the name of the folder as it is.
    const notices = stderr
      .replace(/^-{8}$[\s\S]*?^-{8}$/m, '')
      .split('\n')
      .filter((line) => line.startsWith('codex-plus: '))
    expect(notices.length).toBeGreaterThan(0)
    for (const line of notices) {
      expect(line).not.toMatch(ACTING)
      expect(line.startsWith(FORGED)).toBe(false)
    }
  })
})
