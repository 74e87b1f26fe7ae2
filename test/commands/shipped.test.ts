import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandEngine, createCommandEngine } from '../../src/commands/command-engine.js'
import { lintCommands } from '../../src/commands/lint-commands.js'

const FOLDER = new URL('../../commands/', import.meta.url).pathname
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.md$/, ''))
/** codex-0.169 section 4, and what codex-plus builds in. */
const TAKEN =
  'agents approve archive cd clear compact config copy daemon daybreak delete diff exit experimental export fast feedback fork goal hooks ide import init keymap logout mcp memories mention model new permissions pets plan plugins presets ps pwd raw recap rename resume review side skills stop status statusline subagents theme title tui vim voice warnings worktree quit usage apps commands help save analyze arch research'.split(
    ' ',
  )
/** What arguments may look like; none of them may keep a command from being sent, or run anything. */
const ARGUMENTS = [
  '',
  'src/a.ts',
  '#12',
  '12 and look at the tests',
  "don't break it",
  'the "parser"',
  '🙂 ü',
  '--help',
  '-x',
]

let root: string
let project: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'shipped-')))
  project = join(root, 'project')
  mkdirSync(project)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Only what a bare system has: bash, git and the basic tools; no gh. */
function bareTools(): string {
  const folder = join(root, 'bin')
  mkdirSync(folder)
  for (const tool of ['git', 'ls', 'cat', 'head']) {
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(folder, tool))
  }
  return folder
}

function expander(path = bareTools()): CommandEngine {
  const env = { PATH: path, HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex') }
  return createCommandEngine({ cwd: project, env, dialect: 'auto', shellTimeoutMs: 20_000 })
}

function makeRepository(): void {
  const git = (...args: string[]): void => void execFileSync('git', ['-C', project, ...args], { stdio: 'ignore' })
  git('init', '-q', '-b', 'feature')
  writeFileSync(join(project, 'a.txt'), 'one\n')
  git('add', '.')
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'feat: the first one')
  writeFileSync(join(project, 'a.txt'), 'two\n')
}

it('there are some, none takes a name that codex or a module has', () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(6)
  expect(NAMES.filter((name) => TAKEN.includes(name))).toEqual([])
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    files: string[]
  }
  expect(manifest.files).toContain('commands')
})

it('are listed with what they do and take, and lint finds nothing in them, copied into a project too', () => {
  const rows = expander().rows()
  expect(rows.map(({ name, source }) => [name, source])).toEqual(NAMES.map((name) => [name, 'shipped']))
  for (const { description, argumentHint, problem } of rows) {
    expect(problem).toBeNull()
    expect(description.length).toBeGreaterThan(20)
    expect(argumentHint).toMatch(/^[[<].+[\]>]$/)
  }
  cpSync(FOLDER, join(project, '.claude/commands'), { recursive: true })
  expect(lintCommands(expander(process.env.PATH).index())).toEqual([])
})

describe.each(NAMES)('/%s', (name) => {
  it('works without git and gh, whatever it is given', async () => {
    const { expand } = expander()
    for (const args of ARGUMENTS) {
      const { outcome, text, message } = await expand(`/${name} ${args}`, { sessionId: 's', effort: null })
      expect(message).toBeNull()
      expect(outcome).toBe('prompt')
      expect(text.join('')).not.toMatch(/!`|\$(ARGUMENTS|\d|pr\b|base\b)|fatal:|usage:|command not found|ARGUMENTS:/i)
      if (args !== '') expect(text.join('')).toContain(args)
    }
    expect(readdirSync(project)).toEqual([])
  })

  it('shows the state of a repository, one without commits included', async () => {
    const path = bareTools()
    execFileSync('git', ['init', '-q', project])
    expect((await expander(path).expand(`/${name}`, { sessionId: 's', effort: null })).outcome).toBe('prompt')
    rmSync(join(project, '.git'), { recursive: true })
    makeRepository()
    const { outcome, text } = await expander(path).expand(`/${name}`, { sessionId: 's', effort: null })
    expect(outcome).toBe('prompt')
    const body = readFileSync(join(FOLDER, `${name}.md`), 'utf8')
    if (body.includes('git log')) expect(text.join('')).toContain('feat: the first one')
    if (body.includes('git status')) expect(text.join('')).toContain(' M a.txt')
    if (body.includes('--show-current')) expect(text.join('')).toContain('feature')
  })

  it('runs nothing that its arguments ask for', async () => {
    const { expand } = expander(process.env.PATH)
    for (const args of [
      '"$(touch made)"',
      '`touch made`',
      '"; touch made; echo "',
      '!`touch made`',
      'a && touch made',
      'x" || touch made #',
    ]) {
      await expand(`/${name} ${args}`, { sessionId: 's', effort: null })
    }
    expect(readdirSync(project)).toEqual([])
  })
})
