import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OWN_FLAGS } from '../../src/codex/plus-flags.js'
import { CODEX, CODEX_PLUS, type Lab, makeLab, type RunResult } from '../codex/lab.js'

let lab: Lab
beforeEach(() => {
  lab = makeLab('none')
})
afterEach(() => lab.remove())

const plus = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> => lab.run(CODEX_PLUS, args, { env })
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

describe('help and version', () => {
  it.each(['--help', '-h', 'help'])('%s shows the help of codex-plus, then codex’s', async (flag) => {
    const { code, stdout } = await plus([flag])
    expect(code).toBe(0)
    for (const { name, description } of OWN_FLAGS) {
      expect(stdout).toContain(name)
      expect(stdout).toContain(description)
    }
    expect(stdout.indexOf('Usage: codex-plus')).toBeLessThan(stdout.indexOf('Usage: codex [OPTIONS]'))
    expect(stdout.indexOf('Usage: codex [OPTIONS]')).toBeGreaterThan(0)
  })

  it('of a subcommand is codex’s alone', async () => {
    const { code, stdout } = await plus(['exec', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: codex exec')
    expect(stdout).not.toContain('--plus-')
  })

  it.each(['--version', '-V'])('%s shows both versions', async (flag) => {
    const { code, stdout, stderr } = await plus([flag])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [first, second, rest] = stdout.split(/(?<=\n)/)
    // Editors take the first line for codex's.
    expect(first).toBe((await lab.run(CODEX, [flag])).stdout)
    expect([second, rest]).toEqual([`codex-plus ${version}\n`, undefined])
    expect((await plus([flag])).stdout).toBe(stdout)
  })

  it('help of a subcommand is that subcommand’s', async () => {
    expect((await plus(['help', 'exec'])).stdout).toBe((await lab.run(CODEX, ['help', 'exec'])).stdout)
    expect((await plus(['help', 'hooks'])).stdout).toBe((await plus(['hooks', '--help'])).stdout)
    expect((await plus(['help', 'plus', 'trust'])).stdout).toBe((await plus(['plus', 'trust', '--help'])).stdout)
    expect((await plus(['help', 'plus'])).stdout).toBe((await plus(['plus'])).stdout)
  })

  it.each(['--help', '-h', 'help', '--version', '-V'])('%s works without codex', async (flag) => {
    const { code, stdout, stderr } = await plus([flag], { PATH: '/nowhere', CODEX_PLUS_CODEX: '/none' })
    expect(code).toBe(0)
    if (flag.toLowerCase().endsWith('v') || flag === '--version') expect(stdout).toBe(`codex-plus ${version}\n`)
    else {
      expect(stdout).toMatch(/^codex-plus: [\s\S]*Usage: codex-plus/)
      expect(stdout).not.toContain('passed straight to codex:')
    }
    expect(stderr).toMatch(/^codex-plus: .*CODEX_PLUS_CODEX.*\[CP_CODEX_NOT_FOUND\]\n$/)
  })
})

describe('a command line of ours that makes no sense', () => {
  it.each<[args: string[], message: string]>([
    [['--plus-saef'], 'there is no flag --plus-saef; did you mean --plus-safe?'],
    [['exec', '--plus-upstream'], '--plus-upstream needs a value: echo|URL.'],
    [['plus', 'nothing'], "there is no subcommand 'plus nothing'."],
    [['plus', 'constructor'], "there is no subcommand 'plus constructor'."],
    [['plus', 'trust', '--nope'], "plus trust: unknown option '--nope'."],
    [['plus', 'trust', 'a', 'b'], 'plus trust: too many arguments'],
    [['plus', 'trust', 'missing'], '/missing is not a folder.'],
  ])('%j ends with 64 and one line', async (args, message) => {
    const { code, stdout, stderr } = await plus(args)
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toMatch(/^codex-plus: .*\[CP_USAGE\]\n$/)
    expect(stderr).toContain(message)
  })

  it('a deleted working directory ends with 1 and one line', () => {
    const gone = join(lab.root, 'gone')
    const script = `mkdir ${gone} && cd ${gone} && rmdir ${gone} && exec ${process.execPath} ${CODEX_PLUS} --version`
    const { status, stderr } = spawnSync('/bin/sh', ['-c', script], { env: lab.env, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^codex-plus: The working directory no longer exists\..*\[CP_FOLDER\]\n$/)
  })

  it('an invalid setting ends with 1 and one line', async () => {
    const { code, stderr } = await plus(['exec', 'x'], { CODEX_PLUS_TRANSPORT: 'curl' })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^codex-plus: CODEX_PLUS_TRANSPORT: transport cannot be "curl"\. .*\[CP_SETTINGS_INVALID\]\n$/,
    )
  })
})

describe('which codex', () => {
  it('our own program called codex is passed over', async () => {
    const bin = join(lab.root, 'bin')
    mkdirSync(bin)
    chmodSync(CODEX_PLUS, 0o755)
    symlinkSync(CODEX_PLUS, join(bin, 'codex'))
    const real = join(lab.root, 'real')
    writeFileSync(real, '#!/bin/sh\necho "real $*"\n', { mode: 0o755 })
    const { stdout, code } = await plus(['features', 'list'], { PATH: `${bin}:/usr/bin:/bin`, CODEX_PLUS_CODEX: real })
    expect({ stdout, code }).toEqual({ stdout: 'real features list\n', code: 0 })
  })

  it('a script called codex that runs us does not go round for ever', async () => {
    const bin = join(lab.root, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'codex'), `#!/bin/sh\nexec "${process.execPath}" "${CODEX_PLUS}" "$@"\n`, { mode: 0o755 })
    const real = join(lab.root, 'real')
    writeFileSync(real, '#!/bin/sh\necho real\n', { mode: 0o755 })
    const { stdout, stderr } = await plus(['features'], { PATH: `${bin}:/usr/bin:/bin`, CODEX_PLUS_CODEX: real })
    expect(stdout).toBe('real\n')
    expect(stderr).toBe(`codex-plus: ${join(bin, 'codex')} is not run: it calls codex-plus.\n`)
  })

  it('CODEX_PLUS_CODEX that is no program is named', async () => {
    const { code, stderr } = await plus(['features'], { PATH: '/usr/bin:/bin', CODEX_PLUS_CODEX: '/none' })
    expect(code).toBe(1)
    expect(stderr).toBe(
      'codex-plus: CODEX_PLUS_CODEX names /none, which is not an executable file. Set it to the path of the codex executable. [CP_CODEX_NOT_FOUND]\n',
    )
  })

  it('ends as codex ended', async () => {
    const real = join(lab.root, 'real')
    writeFileSync(real, '#!/bin/sh\nexit 7\n', { mode: 0o755 })
    expect((await plus(['login'], { PATH: '/usr/bin:/bin', CODEX_PLUS_CODEX: real })).code).toBe(7)
  })
})

describe('plus', () => {
  it.each([['plus'], ['plus', '--help']])('%s %s shows the help of codex-plus', async (...args) => {
    const { code, stdout } = await plus(args.filter(Boolean))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^codex-plus: /)
    expect(stdout).not.toContain('Usage: codex [')
  })

  it('trust puts the repository on the list, shows it, and takes it off', async () => {
    rmSync(join(lab.codexHome, 'config.toml'))
    const list = join(lab.home, '.local/state/codex-plus/trusted.json')
    lab.write('sub/file', '')
    const options = { cwd: join(lab.project, 'sub') }
    const run = (...args: string[]) => lab.run(CODEX_PLUS, ['plus', 'trust', ...args], options)
    expect((await run()).stdout).toContain(`${lab.project} is trusted`)
    expect(JSON.parse(readFileSync(list, 'utf8'))).toEqual({ folders: [lab.project] })
    expect((await run('--list')).stdout).toBe(`${lab.project}\n`)
    expect((await run('--remove', '..')).stdout).toBe(`${lab.project} is no longer trusted.\n`)
    expect((await run('--remove')).stdout).toBe(`${lab.project} was not on the list.\n`)
    expect((await run('--list')).stdout).toBe('')
    expect(existsSync(list)).toBe(true)
  })

  it('trust --remove says who still trusts the folder', async () => {
    expect((await plus(['plus', 'trust', '--remove'])).stdout).toContain('codex still trusts it')
  })
})
