import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandEngine, createCommandEngine } from '../../src/commands/command-engine.js'
import type { Expansion } from '../../src/commands/expansion.js'
import type { CommandLists } from '../../src/config/command-lists.js'

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

function engine(dialect: 'auto' | 'claude', lists: CommandLists = { allow: [], deny: [] }): CommandEngine {
  const env = { PATH: process.env.PATH, HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex') }
  const cwd = join(root, 'project')
  return createCommandEngine({ cwd, env, dialect, shellTimeoutMs: 10_000, assumeTrust: true, lists })
}

function expand(prompt: string, dialect: 'auto' | 'claude', lists?: CommandLists): Promise<Expansion> {
  return engine(dialect, lists).expand(prompt, { sessionId: 'session', effort: null })
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

describe('a prompt file of codex', () => {
  it('is called by codex’s prefix and without it, with codex’s places, in auto', async () => {
    write('codex/prompts/ticket.md', '---\ndescription: d\n---\nFix $ID: $TITLE for $$5')
    for (const name of ['prompts:ticket', 'ticket']) {
      const { auto, claude } = await both(`/${name} ID=7 TITLE="Two words"`)
      expect(auto).toMatchObject({ outcome: 'prompt', text: ['Fix 7: Two words for $5'] })
      expect(claude).toMatchObject({ outcome: 'passthrough', unknown: { name } })
    }
    expect(await expand('/prompts:ticket ID=7', 'auto')).toMatchObject({
      outcome: 'local',
      failed: true,
      message: expect.stringMatching(
        /ticket\.md: \/prompts:ticket needs a value for TITLE\. Write .*CP_COMMAND_ARGUMENTS/,
      ),
    })
  })

  it('is what the prefix means, also where another command has its name', async () => {
    write('codex/prompts/a.md', 'of codex: $1')
    write('project/.claude/commands/a.md', 'of the project: $1')
    expect((await expand('/prompts:a x', 'auto')).text).toEqual(['of codex: x'])
    expect((await expand('/a x', 'auto')).text).toEqual(['of the project: x'])
    write('project/.claude/commands/prompts/a.md', 'with the prefix: $1')
    expect((await expand('/prompts:a x', 'auto')).text).toEqual(['with the prefix: x'])
    expect(await expand('/prompts:nobody', 'auto')).toMatchObject({ outcome: 'passthrough' })
  })

  it('is found in the list of names, and allowed or denied by either name', async () => {
    write('codex/prompts/a.md', 'text')
    expect([...engine('auto').names()]).toEqual(expect.arrayContaining(['a', 'prompts:a']))
    for (const pattern of ['a', 'prompts:a', 'prompts:*']) {
      const list = { patterns: [pattern], where: 'the settings' }
      const denied = { allow: [], deny: [list] }
      for (const typed of ['/prompts:a', '/a']) {
        expect(await expand(typed, 'auto', denied)).toMatchObject({ failed: true, text: [] })
      }
      expect(engine('auto', denied).rows()[0]).toMatchObject({ name: 'a', invocable: false })
      expect([...engine('auto', denied).names()]).not.toContain('prompts:a')
      expect(await expand('/prompts:a', 'auto', { allow: [list], deny: [] })).toMatchObject({ text: ['text'] })
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
