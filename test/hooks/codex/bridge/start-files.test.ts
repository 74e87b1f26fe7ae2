import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { quietHookShells } from '../../../../src/hooks/codex/bridge/start-files.js'

vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>()
  return { ...os, userInfo: vi.fn(os.userInfo) }
})

const HOOK = "exec printf '%s' hook-bridge.bash"
let home: string
let env: NodeJS.ProcessEnv

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "codex-plus it's "))
  env = { PATH: process.env.PATH, HOME: home }
})
afterEach(() => rmSync(home, { recursive: true }))

function write(path: string, text: string): string {
  const file = join(home, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, `${text}\n`)
  return file
}

/** What a shell prints for a command, as codex starts it. */
function run(shell: string, command: string, given: NodeJS.ProcessEnv): string {
  return bare(shell, command, { ...given, ...quietHookShells(given) })
}

/** Without a socket as stdin, which bash would take for a network connection: codex's hooks have pipes. */
function bare(shell: string, command: string, given: NodeJS.ProcessEnv): string {
  return execFileSync(shell, ['-c', command], { env: given, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

describe.skipIf(process.platform === 'win32')("bash's start files", () => {
  it('are not read for a hook, and for every other command as without codex-plus', () => {
    const file = write('a dir/env.sh', 'echo NOISE; here() { echo "here $1"; }; export SET=1')
    const given = { ...env, BASH_ENV: file }
    expect(run('bash', HOOK, given)).toBe('hook-bridge.bash')
    const command = 'here "$BASH_ENV"; echo $SET; bash -c "echo inner"'
    expect(run('bash', command, given)).toBe(`NOISE\nhere ${file}\n1\nNOISE\ninner\n`)
  })

  it.each([
    ['a variable in the value', '$HOME/env.sh'],
    ['a command in the value', '`echo $HOME`/env.sh'],
  ])('%s is expanded as bash does', (_, value) => {
    write('env.sh', 'echo NOISE')
    const given = { ...env, BASH_ENV: value }
    expect(bare('bash', ':', given)).toBe('NOISE\n')
    expect(run('bash', 'echo "$BASH_ENV"', given)).toBe(bare('bash', 'echo "$BASH_ENV"', given))
    expect(run('bash', HOOK, given)).toBe('hook-bridge.bash')
  })

  it('a file that is not there is none', () => {
    expect(run('bash', 'echo "$BASH_ENV"', { ...env, BASH_ENV: '/no/such.sh' })).toBe('/no/such.sh\n')
  })

  it.each(['0', undefined])('~/.bashrc of an ssh command, SHLVL %s: as bash reads it', (level) => {
    write('.bashrc', 'echo NOISE; rc() { echo rc; }')
    const named = write('env.sh', 'echo NAMED')
    for (const given of [{}, { BASH_ENV: named }]) {
      const whole = { ...env, ...given, SSH_CLIENT: '127.0.0.1 1 2', ...(level === undefined ? {} : { SHLVL: level }) }
      const command = 'type rc >/dev/null 2>&1 && rc; echo "$SHLVL $BASH_ENV"; bash -c "echo inner"'
      expect(run('bash', command, whole)).toBe(bare('bash', command, whole))
      expect(run('bash', HOOK, whole)).toBe('hook-bridge.bash')
    }
  })

  it('nothing changes where nothing is read', () => {
    expect(quietHookShells({ ...env, SHLVL: '0' })).toEqual({})
    expect(quietHookShells({ ...env, SSH_CLIENT: 'x', SHLVL: '1' })).toEqual({})
    expect(quietHookShells({ ...env, BASH_ENV: 'a"b' })).toEqual({})
  })
})

describe.skipIf(process.platform === 'win32')("zsh's start file", () => {
  const zsh = ['/bin/zsh', '/usr/bin/zsh', process.env.ZSH ?? ''].find((path) => path !== '' && isThere(path))
  const asZsh = (): void => void vi.mocked(userInfo).mockReturnValue({ shell: '/bin/zsh' } as never)
  afterEach(() => void vi.mocked(userInfo).mockRestore())

  it('is looked after where the account has zsh and there is one', () => {
    write('.zshenv', 'echo NOISE')
    vi.mocked(userInfo).mockReturnValue({ shell: '/bin/bash' } as never)
    expect(quietHookShells({ ...env, SHELL: '/bin/zsh' })).toEqual({})
    asZsh()
    expect(quietHookShells(env)).toHaveProperty('ZDOTDIR')
    expect(quietHookShells({ ...env, ZDOTDIR: join(home, 'none') })).toEqual({})
  })

  it.runIf(zsh !== undefined)('is not read for a hook, and for every other command', () => {
    asZsh()
    write('.zshenv', 'echo NOISE')
    const own = write('own/.zshenv', 'echo OWN')
    for (const given of [env, { ...env, ZDOTDIR: join(own, '..') }]) {
      const command = 'echo "z $ZDOTDIR"'
      expect(run(zsh ?? '', command, given)).toBe(bare(zsh ?? '', command, given))
      expect(run(zsh ?? '', HOOK, given)).toBe('hook-bridge.bash')
    }
  })
})

function isThere(path: string): boolean {
  try {
    execFileSync(path, ['-c', ':'])
    return true
  } catch {
    return false
  }
}
