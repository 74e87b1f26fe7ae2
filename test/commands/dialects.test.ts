import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCommandEngine } from '../../src/commands/command-engine.js'
import type { Expansion } from '../../src/commands/expansion.js'

let root: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'dialects-')))
  mkdirSync(join(root, 'project/.git'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function expand(prompt: string, dialect: 'auto' | 'claude'): Promise<Expansion> {
  const env = { PATH: process.env.PATH, HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex') }
  const cwd = join(root, 'project')
  const expander = createCommandEngine({ cwd, env, dialect, shellTimeoutMs: 10_000, assumeTrust: true })
  return expander.expand(prompt, { sessionId: 'session', effort: null })
}

const both = async (prompt: string): Promise<{ auto: Expansion; claude: Expansion }> => ({
  auto: await expand(prompt, 'auto'),
  claude: await expand(prompt, 'claude'),
})

describe('the same name in the project’s and the personal folder', () => {
  it('the project wins in auto, the person in claude', async () => {
    write('project/.claude/commands/c.md', 'project')
    write('home/.claude/commands/c.md', 'personal')
    const { auto, claude } = await both('/c')
    expect(auto.text).toEqual(['project'])
    expect(claude.text).toEqual(['personal'])
  })
})

describe('which word $1 is', () => {
  it.each([
    ['$1 then $2', 'a then b', 'b then $2'],
    ['$0 then $1', 'a then b', 'a then b'],
    ['$ARGUMENTS[0] then $1', 'a then b', 'a then b'],
    ['$10 $1', '$10 a', '$10 b'],
  ])('%s', async (body, inAuto, inClaude) => {
    write('project/.claude/commands/c.md', body)
    const { auto, claude } = await both('/c a b')
    expect(auto.text).toEqual([inAuto])
    expect(claude.text).toEqual([inClaude])
  })
})

describe('a body that is `!` and a command', () => {
  it('runs in auto and its output is the answer; in claude it is text', async () => {
    write('project/.claude/commands/c.md', '---\nallowed-tools: Bash(echo:*)\n---\n!echo "hi $1"\n')
    const { auto, claude } = await both('/c you')
    expect(auto).toMatchObject({ outcome: 'local', message: 'hi you' })
    expect(claude).toMatchObject({ outcome: 'prompt', text: ['!echo "hi $1"\n\n\nARGUMENTS: you'] })
  })

  it('needs allowed-tools like any other shell block', async () => {
    write('project/.claude/commands/c.md', '!touch made\n')
    const auto = await expand('/c', 'auto')
    expect(auto.outcome).toBe('local')
    expect(auto.message).toMatch(/c\.md:1: !touch made was not run: /)
  })

  it('a shell block in backticks at the start is no such body', async () => {
    write('project/.claude/commands/c.md', '!`echo a` b')
    for (const expansion of Object.values(await both('/c'))) {
      expect(expansion).toMatchObject({ outcome: 'prompt', text: ['a b'] })
    }
  })
})

describe('an unknown name', () => {
  it('is sent to the model as typed in both dialects', async () => {
    const { auto, claude } = await both('/nobody a b')
    expect(auto).toMatchObject({ outcome: 'passthrough', text: ['/nobody a b'] })
    expect(claude).toMatchObject({ outcome: 'passthrough', text: ['/nobody a b'], unknown: { name: 'nobody' } })
  })

  it('of a Claude Code built-in gets an error message, unless a file has it', async () => {
    expect(await expand('/help', 'claude')).toMatchObject({
      outcome: 'local',
      message: expect.stringMatching(/\/help/),
    })
    write('project/.claude/commands/help.md', 'mine')
    expect(await expand('/help', 'claude')).toMatchObject({ outcome: 'prompt', text: ['mine'] })
  })
})
