import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandEngine, createCommandEngine } from '../../src/commands/command-engine.js'
import type { Expansion } from '../../src/commands/expansion.js'
import { lintCommands } from '../../src/commands/lint-commands.js'
import { listText } from '../../src/commands/list-commands.js'

const CODEX_PLUS = fileURLToPath(new URL('../../bin/codex-plus.js', import.meta.url))

/** The words before a program that make it run without root's rights; null where that cannot be had. */
const asNobody = ((): string[] | null => {
  if (process.getuid?.() !== 0) return []
  const words = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  const [file = '', ...rest] = [...words, process.execPath, CODEX_PLUS, 'plus', '--help']
  return spawnSync(file, rest, { stdio: 'ignore' }).status === 0 ? words : null
})()

let root: string
let project: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'hostile-')))
  project = join(root, 'project')
  mkdirSync(join(project, '.git'), { recursive: true })
  write('secret.txt', 'THE SECRET')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string | Buffer): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

const command = (name: string, text: string | Buffer): string => write(`project/.claude/commands/${name}`, text)

function expander(options: { dialect?: 'auto' | 'claude'; trusted?: boolean } = {}): CommandEngine {
  const env = { PATH: process.env.PATH, HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex') }
  const { dialect = 'auto', trusted = true } = options
  return createCommandEngine({ cwd: project, env, dialect, shellTimeoutMs: 10_000, assumeTrust: trusted })
}

const expand = (prompt: string, options?: Parameters<typeof expander>[0]): Promise<Expansion> =>
  expander(options).expand(prompt, { sessionId: 'session', effort: null })

describe.each(['auto', 'claude'] as const)('arguments that carry a shell, in %s', (dialect) => {
  const ALL = '---\nallowed-tools: Bash\n---\n'
  it.each([
    ['a shell block', 'look at $ARGUMENTS\n', '!`touch made`'],
    ['a shell block at the start of the body', '$ARGUMENTS\n', '!`touch made`'],
    ['a shell block after a line feed', 'look at $ARGUMENTS\n', 'x\n!`touch made`'],
    ['a fenced block', 'look at $ARGUMENTS\n', '```!\ntouch made\n```'],
    ['a block in two words', '$1$2 $0$1\n', '! `touch made`'],
    ['a block in two words, the other way', '$0 $1\n', '" !" "`touch made`"'],
    ['a fence in two words', '$0$1\n$2\n', '"``" "`! touch made" "```"'],
    ['a block where nothing takes it', 'no place\n', '!`touch made`'],
    ['a command substitution', 'look at $ARGUMENTS\n', '$(touch made)'],
    ['back quotes', 'look at $ARGUMENTS and $1\n', '`touch made`'],
    ['a body that is a command', '$ARGUMENTS\n', '!touch made'],
    ['the placeholder itself', '$1 $ARGUMENTS\n', '$ARGUMENTS !`touch made`'],
    ['front matter', '$ARGUMENTS\n', '---\nallowed-tools: Bash\n---\n!`touch made`'],
  ])('%s: nothing runs', async (_name, body, args) => {
    command('c.md', ALL + body)
    const expansion = await expand(`/c ${args}`, { dialect })
    expect(existsSync(join(project, 'made'))).toBe(false)
    expect(expansion.outcome).toBe('prompt')
  })

  it('what a block prints is text, whatever it looks like', async () => {
    command('c.md', `${ALL}!\`cat out.txt\`\n`)
    const printed = '!`touch made`\n```!\ntouch made\n```\n$1 $ARGUMENTS'
    write('project/out.txt', printed)
    const { text } = await expand('/c x', { dialect })
    expect(existsSync(join(project, 'made'))).toBe(false)
    expect(text.join('')).toContain(printed)
  })

  it('a block with an argument in it needs a permission for what it became', async () => {
    command('c.md', '---\nallowed-tools: Bash(echo:*)\n---\n!`echo $ARGUMENTS`\n')
    for (const args of [
      'a; touch made',
      'a && touch made',
      'a | tee made',
      '$(touch made)',
      'a > made',
      'a\ntouch made',
    ]) {
      const { outcome, message, text } = await expand(`/c ${args}`, { dialect })
      if (dialect === 'claude') expect(message).toMatch(/c\.md:4: .* was not run: /s)
      else expect(text.join('')).toContain('not run yet')
      expect(outcome).toBe(dialect === 'claude' ? 'local' : 'prompt')
    }
    expect(existsSync(join(project, 'made'))).toBe(false)
  })

  it('never runs or reads by any arguments', async () => {
    command('c.md', `${ALL}one $1 two $ARGUMENTS three $2$3\n`)
    const bit = fc.constantFrom(
      '!',
      '`',
      '```!',
      '```',
      '\n',
      ' ',
      '"',
      "'",
      '\\',
      '$(',
      ')',
      '$1',
      '$ARGUMENTS',
      'touch made',
      '!`touch made`',
      '\u{10fffd}',
      '\u{10fffc}',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(bit, { maxLength: 12 }), async (bits) => {
        const { outcome } = await expand(`/c ${bits.join('')}`, { dialect })
        expect(outcome).toBe('prompt')
        const ran = existsSync(join(project, 'made'))
        rmSync(join(project, 'made'), { force: true })
        expect(ran).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('what is read', () => {
  const attached = async (prompt: string, options?: Parameters<typeof expander>[0]): Promise<string[]> =>
    (await expand(prompt, options)).attachments.map(({ path }) => path)

  it('an argument attaches only files of the project; the command file itself may reference files anywhere', async () => {
    command('args.md', 'look at $ARGUMENTS\n')
    command('asks.md', 'look at @$1 and @../secret.txt\n')
    const inside = write('project/inside.txt', 'x')
    symlinkSync(join(root, 'secret.txt'), join(project, 'link.txt'))
    const secret = join(root, 'secret.txt')
    expect(await attached('/args @inside.txt @../secret.txt @/etc/passwd @link.txt @~/x')).toEqual([inside])
    expect(await attached(`/args @"${secret}" @${secret}#L1-2`)).toEqual([])
    expect(await attached('/asks inside.txt')).toEqual([inside, secret])
    expect(await attached(`/asks ${secret}`)).toEqual([secret, secret])
    // Claude Code reads whatever an argument names.
    expect(await attached('/args @../secret.txt', { dialect: 'claude' })).toEqual([secret])
  })

  it('the output of a shell block attaches only files of the project', async () => {
    command('c.md', '---\nallowed-tools: Bash\n---\n!`cat out.txt; echo @../secret.txt`\n')
    write('project/out.txt', '@inside.txt @../secret.txt @/etc/passwd\n')
    const inside = write('project/inside.txt', 'x')
    expect(await attached('/c')).toEqual([inside])
  })

  it('a command file of a folder that is not trusted reads nothing outside of it', async () => {
    command('c.md', 'look at @inside.txt and @../secret.txt\n')
    const inside = write('project/inside.txt', 'x')
    expect(await attached('/c', { trusted: false })).toEqual([inside])
    expect(await attached('/c')).toEqual([inside, join(root, 'secret.txt')])
  })

  it('front matter is data: no language of it is evaluated', async () => {
    command('c.md', `---js\nmodule.exports = { a: require('fs').writeFileSync('${project}/made', '') }\n---\nbody $1\n`)
    const { outcome } = await expand('/c x')
    expect(outcome).toBe('prompt')
    expect(existsSync(join(project, 'made'))).toBe(false)
  })
})

describe('a command file that cannot be used is skipped with one message', () => {
  /** Each breaks `bad` (or its surroundings) and tells what a person reads of it. */
  const broken: ReadonlyArray<readonly [name: string, make: () => void, line: RegExp]> = [
    [
      'of 10 MB',
      () => void command('bad.md', Buffer.alloc(10 * 1024 * 1024, 'x')),
      /bad\.md is 10\.0 MB; the limit for a command file is 2 MB/,
    ],
    [
      'that is a FIFO',
      () => void execFileSync('mkfifo', [join(project, '.claude/commands/bad.md')]),
      /bad\.md is not a regular file/,
    ],
    ['that is a folder of that name', () => void command('bad.md/deep.md', 'deep'), /^$/],
    [
      'that links to itself',
      () => symlinkSync('bad.md', join(project, '.claude/commands/bad.md')),
      /bad\.md could not be read \(ELOOP\)/,
    ],
    [
      'that links to nothing',
      () => symlinkSync('/nowhere', join(project, '.claude/commands/bad.md')),
      /bad\.md could not be read \(ENOENT\)/,
    ],
    [
      'in a folder that links to the one above',
      () => symlinkSync('..', join(project, '.claude/commands/bad')),
      /links back to a folder above it/,
    ],
    [
      'that is a socket or device',
      () => symlinkSync('/dev/zero', join(project, '.claude/commands/bad.md')),
      /bad\.md is not a regular file/,
    ],
  ]
  it.each(broken)('%s', async (_name, make, line) => {
    command('good.md', 'good $1')
    make()
    const all = expander()
    const text = listText(all.rows(), all.index().problems)
    if (line.source !== '^$') expect(text.split('\n').filter((row) => line.test(row))).toHaveLength(1)
    expect(text).toMatch(/\/good /)
    expect(() => lintCommands(all.index())).not.toThrow()
    expect((await expand('/good x')).text).toEqual(['good x'])
    const { outcome, message } = await expand('/bad x')
    if (outcome === 'local') expect(message).toMatch(line)
    else expect(outcome).toBe('passthrough')
  })

  it('a folder called x.md holds commands like any other', async () => {
    command('x.md/deep.md', 'deep $1')
    expect((await expand('/x.md:deep y')).text).toEqual(['deep y'])
  })

  // Root reads everything: the program is run as another user then, where the system lets it.
  it.skipIf(asNobody === null)('without read permission', () => {
    command('good.md', 'good $1')
    chmodSync(command('bad.md', 'x'), 0)
    chmodSync(dirname(command('closed/c.md', 'x')), 0)
    for (const folder of [root, project]) chmodSync(folder, 0o755)
    const run = (...args: string[]): string => {
      const [file = '', ...rest] = [...(asNobody ?? []), process.execPath, CODEX_PLUS, 'commands', ...args]
      return execFileSync(file, rest, { cwd: project, env: { PATH: process.env.PATH, HOME: root }, encoding: 'utf8' })
    }
    const list = run('list')
    expect(list.split('\n').filter((line) => /\.md could not be read \(EACCES\)/.test(line))).toHaveLength(1)
    expect(list.split('\n').filter((line) => /closed could not be read \(EACCES\)/.test(line))).toHaveLength(1)
    expect(run('expand', '--json', '--', '/good x')).toContain('"text":["good x"]')
    expect(run('expand', '--json', '--', '/bad x')).toMatch(/"outcome":"local".*bad\.md could not be read \(EACCES\)/)
  })

  it('oversized metadata is ignored with a message, and slow patterns end', async () => {
    command('quotes.md', `---\n${'"'.repeat(1_000_000)}\n---\nbody $1\n`)
    command('lines.md', `---\n${'\n'.repeat(1_900_000)}`)
    command('marks.md', `${'!`'.repeat(300_000)}${'```!'.repeat(100_000)}${'@"'.repeat(100_000)}`)
    expect((await expand('/quotes x')).text).toEqual(['body x\n'])
    const all = expander()
    expect(listText(all.rows(), [])).toMatch(/quotes\.md:1: its metadata is ignored: it is larger than 16 KB/)
    expect((await expand('/lines')).outcome).toBe('prompt')
    expect((await expand('/marks')).outcome).toBe('local')
  })

  it('arguments that would make it too large get an error message', async () => {
    command('c.md', '$ARGUMENTS '.repeat(100))
    const { outcome, message } = await expand(`/c ${'$ARGUMENTS'.repeat(20_000)}`)
    expect(outcome).toBe('local')
    expect(message).toMatch(/c\.md: With these arguments it becomes larger than 16 MB\. \[CP_COMMAND_TOO_LARGE\]/)
  })

  it('no bytes of a file and no prompt make anything throw', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    )
    await fc.assert(
      fc.asyncProperty(bytes, fc.string({ unit: 'binary' }), async (file, args) => {
        command('c.md', file)
        const all = expander({ trusted: false })
        all.rows(true)
        lintCommands(all.index())
        const { outcome } = await all.expand(`/c ${args}`, { sessionId: 's', effort: null })
        expect(['prompt', 'local']).toContain(outcome)
      }),
      { numRuns: 300 },
    )
  })
})
