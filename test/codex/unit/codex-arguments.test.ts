import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { parseCodexArguments, VALUE_FLAGS, VARIADIC_FLAGS } from '../../../src/codex/parse-arguments.js'
import { OWN_FLAGS, OWN_SUBCOMMANDS } from '../../../src/codex/plus-flags.js'
import { CODEX } from '../lab.js'

const home = mkdtempSync(join(tmpdir(), 'codex-plus-help-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function codexHelp(subcommand: string): Promise<string> {
  const args = [CODEX, ...subcommand.split(' ').filter(Boolean), '--help']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, CODEX_HOME: home } })
  return stdout
}

/** The flags of a help text: `-m, --model <MODEL>` at the start of a line. */
function flagsOf(help: string): Array<{ names: string[]; takesValue: boolean; variadic: boolean }> {
  return [...help.matchAll(/^ {2,6}((?:-\w, )?--[\w-]+|-\w)(?: (<\w[^>]*>)(\.\.\.)?)?$/gm)].map((match) => ({
    names: (match[1] ?? '').split(', '),
    takesValue: match[2] !== undefined,
    variadic: match[3] !== undefined,
  }))
}

describe('the flags of the real codex are known', () => {
  const subcommands = ['', 'exec', 'exec resume', 'exec fork', 'exec review', 'review', 'resume', 'fork', 'agents']
  it.each([...subcommands, 'queue', 'app-server'])('codex %s', async (subcommand) => {
    const flags = flagsOf(await codexHelp(subcommand))
    expect(flags.length).toBeGreaterThan(5)
    for (const { names, takesValue, variadic } of flags) {
      for (const name of names) {
        expect([name, VALUE_FLAGS.has(name) || VARIADIC_FLAGS.has(name)]).toEqual([name, takesValue])
        if (variadic) expect([name, VARIADIC_FLAGS.has(name)]).toEqual([name, true])
      }
    }
  })

  it('every subcommand of its help is read as one, none is ours, and no flag begins with --plus-', async () => {
    const help = await codexHelp('')
    const commands = help.slice(help.indexOf('Commands:'), help.indexOf('Arguments:'))
    const names = [...commands.matchAll(/^ {2}([a-z][\w-]*) {2,}/gm)].map((match) => match[1] ?? '')
    const aliases = [...commands.matchAll(/\[aliases: ([^\]]+)\]/g)].flatMap((match) => (match[1] ?? '').split(', '))
    expect(names).toContain('exec')
    expect(aliases).toContain('e')
    for (const name of [...names, ...aliases]) expect(parseCodexArguments([name]).subcommand).toEqual([name])
    for (const name of OWN_SUBCOMMANDS) expect([...names, ...aliases]).not.toContain(name)
    expect(help).not.toContain('--plus-')
  })
})

describe('subcommand and prompt', () => {
  it.each<[line: string, subcommand: string, prompt: string | null]>([
    ['', '', null],
    ['hello', '', 'hello'],
    ['mcp-server', '', 'mcp-server'],
    ['-', '', '-'],
    ['exec hello', 'exec', 'hello'],
    ['e hello', 'e', 'hello'],
    ['exec -', 'exec', '-'],
    ['exec resume --last go', 'exec resume', 'go'],
    ['exec review', 'exec review', null],
    ['resume exec', 'resume', 'exec'],
    ['hello exec', 'exec', 'hello'],
    ['exec resume x review', 'exec resume', 'x'],
    ['--oss exec', 'exec', null],
    ['-m exec review', 'review', null],
    ['-mexec review', 'review', null],
    ['-m=exec review', 'review', null],
    ['--model exec review', 'review', null],
    ['--model=exec review', 'review', null],
    ['-i a.png exec', '', null],
    ['-i a.png b.png --oss exec', 'exec', null],
    ['-i=a.png exec', 'exec', null],
    ['-ia.png exec', 'exec', null],
    ['--image=a.png exec', 'exec', null],
    ['--image a.png -- exec', '', 'exec'],
    ['-- exec', '', 'exec'],
    ['exec -- resume', 'exec', 'resume'],
    ['exec --', 'exec', null],
    ['constructor', '', 'constructor'],
    ['exec toString', 'exec', 'toString'],
    ['__proto__', '', '__proto__'],
    ['app-server daemon', 'app-server daemon', null],
    ['app-server --listen daemon', 'app-server', null],
    ['help exec', 'help', 'exec'],
  ])('codex %s', (line, subcommand, prompt) => {
    const invocation = parseCodexArguments(line.split(' ').filter(Boolean))
    expect(invocation.subcommand.join(' ')).toBe(subcommand)
    expect(invocation.prompt?.text ?? null).toBe(prompt)
    if (invocation.prompt) expect(invocation.forwarded[invocation.prompt.index]).toBe(prompt)
    expect(invocation.ownCommand).toBeNull()
  })

  it('agrees with the real codex about a subcommand after a positional or an image', async () => {
    const usage = async (line: string): Promise<string> => /^Usage: codex (\w*)/m.exec(await codexHelp(line))?.[1] ?? ''
    expect(await usage('hello exec')).toBe('exec')
    expect(await usage('-i a.png exec')).toBe('')
    expect(await usage('-i=a.png exec')).toBe('exec')
  })
})

describe('subcommands of ours', () => {
  it.each<[line: string, own: string | null]>([
    ['plus doctor', 'plus doctor'],
    ['-m plus plus doctor --json', 'plus doctor --json'],
    ['--plus-safe plus trust --list', 'plus trust --list'],
    ['sessions delete x', 'sessions delete x'],
    ['hooks help', 'hooks help'],
    ['commands', 'commands'],
    ['modules', 'modules'],
    ['exec plus', null],
    ['hello plus', null],
    ['-- plus', null],
    ['plus-one', null],
  ])('%s', (line, own) => {
    expect(parseCodexArguments(line.split(' ')).ownCommand?.join(' ') ?? null).toBe(own)
  })
})

describe('flags that matter to us', () => {
  it.each<[args: string[], wanted: object]>([
    [['-p', 'work'], { profile: 'work' }],
    [['-pwork'], { profile: 'work' }],
    [['--profile=work'], { profile: 'work' }],
    [['-C', '/x'], { cd: '/x' }],
    [['exec', '--cd', '/x'], { cd: '/x' }],
    [['--oss'], { oss: true }],
    [['--remote', 'ws://x'], { remote: true }],
    [['--remote=ws://x'], { remote: true }],
    [['exec', '--ignore-user-config', 'x'], { ignoreUserConfig: true }],
    [['exec', '--ephemeral', 'x'], { ephemeral: true }],
    [['exec', '--', '--ephemeral'], { ephemeral: false }],
    [['-h'], { help: true }],
    [['exec', '--help'], { help: true }],
    [['exec', 'help'], { help: true }],
    [['-V'], { version: true }],
    [['--version'], { version: true }],
    [['--', '--oss', '-h', '-V'], { oss: false, help: false, version: false }],
    [['-m', '--oss'], { oss: false }],
    [['exec', '-o'], { subcommand: ['exec'] }],
  ])('%j', (args, wanted) => {
    expect(parseCodexArguments(args)).toMatchObject(wanted)
  })
})

describe('-c', () => {
  it.each<[args: string[], key: string, value: string, index: number, prefix: string]>([
    [['-c', 'k=v'], 'k', 'v', 1, ''],
    [['-ck=v'], 'k', 'v', 0, '-c'],
    [['-c=k=v'], 'k', 'v', 0, '-c='],
    [['--config', 'k=v'], 'k', 'v', 1, ''],
    [['--config=k=v'], 'k', 'v', 0, '--config='],
    [['exec', '-c', 'k = "a=b" ', 'x'], 'k', '"a=b"', 2, ''],
    [['--plus-safe', '-c', 'k=v'], 'k', 'v', 1, ''],
  ])('%j', (args, key, value, index, prefix) => {
    const invocation = parseCodexArguments(args)
    expect(invocation.overrides).toEqual([{ key, value, index, prefix }])
  })

  it.each([[['-c']], [['-c', 'novalue']], [['--', '-c', 'k=v']], [['-i', 'a', '--', '-c', 'k=v']]])(
    '%j holds none',
    (args) => {
      expect(parseCodexArguments(args).overrides).toEqual([])
    },
  )
})

describe('flags of our own', () => {
  it.each<[args: string[], own: object, forwarded: string[]]>([
    [['--plus-safe'], { '--plus-safe': true }, []],
    [['--plus-upstream', 'echo', 'exec', 'x'], { '--plus-upstream': 'echo' }, ['exec', 'x']],
    [['exec', '--plus-upstream', 'echo', 'x'], { '--plus-upstream': 'echo' }, ['exec', 'x']],
    [['exec', 'x', '--plus-upstream=echo'], { '--plus-upstream': 'echo' }, ['exec', 'x']],
    [['--plus-log', 'a', '--plus-log=b=c'], { '--plus-log': 'b=c' }, []],
    [['exec', '--', '--plus-safe'], {}, ['exec', '--', '--plus-safe']],
    [['exec', '--plus-safe', '--', '--plus-x'], { '--plus-safe': true }, ['exec', '--', '--plus-x']],
    [['--plussafe'], {}, ['--plussafe']],
  ])('%j', (args, own, forwarded) => {
    const invocation = parseCodexArguments(args)
    expect(invocation.own).toEqual(own)
    expect(invocation.forwarded).toEqual(forwarded)
  })

  it.each<[args: string[], message: RegExp]>([
    [['--plus-upsteam', 'x'], /no flag --plus-upsteam; did you mean --plus-upstream\?/],
    [['exec', '--plus-tranport=native', 'x'], /no flag --plus-tranport; did you mean --plus-transport\?/],
    [['--plus-saef'], /did you mean --plus-safe\?/],
    [['--plus-'], /there is no flag --plus-;/],
    [['--plus-safe=1'], /--plus-safe takes no value/],
    [['exec', '--plus-upstream'], /--plus-upstream needs a value: echo\|URL/],
    [['--plus-log='], /--plus-log needs a value/],
  ])('%j is refused', (args, message) => {
    expect(() => parseCodexArguments(args)).toThrow(
      expect.objectContaining({ code: 'CP_USAGE', message: expect.stringMatching(message) }),
    )
  })
})

describe('any command line', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'exec',
      'resume',
      'plus',
      '-',
      '--',
      '-c',
      '-i',
      '-m',
      '--plus-safe',
      'openai_base_url=x',
      '--config=a=b',
    ),
    fc.constantFrom('-h', '-p', '--oss', '-ca=b', 'constructor', ''),
    fc.string(),
  )
  it('is read without a crash, and loses nothing but our own flags', () => {
    const names = OWN_FLAGS.map(({ name }) => name)
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (args) => {
        const unknown = args.some((arg) => arg.startsWith('--plus-') && !names.some((name) => name === arg))
        fc.pre(!unknown)
        const dashes = args.indexOf('--')
        const ours = (arg: string, index: number): boolean => arg === '--plus-safe' && (dashes === -1 || index < dashes)
        const { forwarded, overrides, prompt } = parseCodexArguments(args)
        expect(forwarded).toEqual(args.filter((arg, index) => !ours(arg, index)))
        for (const { key, index, prefix } of overrides)
          expect(forwarded[index]?.startsWith(prefix) && forwarded[index].includes(key)).toBe(true)
        if (prompt) expect(forwarded[prompt.index]).toBe(prompt.text)
      }),
    )
  })
})
