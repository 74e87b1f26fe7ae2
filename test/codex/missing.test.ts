import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { says, sse } from '../fixtures/upstream/scripted.js'
import { CODEX } from './lab.js'
import { expectNothingLeft } from './processes.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'
import { respond, startTlsLab, type TlsLab } from './tls-lab.js'

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

/** The package as it is installed, without some of what it can do without. */
function installWithout(folder: string, absent: readonly string[]): string {
  const home = join(folder, 'installed/node_modules/codex-plus')
  mkdirSync(home, { recursive: true })
  for (const part of ['bin', 'dist', 'commands', 'package.json']) {
    cpSync(join(PACKAGE, part), join(home, part), { recursive: true })
  }
  const modules = join(folder, 'installed/node_modules')
  // A scope is linked or left out whole; @openai holds codex alone.
  const left = new Set(['@openai', ...absent.map((name) => name.split('/', 1)[0])])
  for (const name of readdirSync(join(PACKAGE, 'node_modules'))) {
    if (!name.startsWith('.') && !left.has(name)) {
      symlinkSync(join(PACKAGE, 'node_modules', name), join(modules, name))
    }
  }
  return join(home, 'bin/codex-plus.js')
}

let world: TlsLab
let screen: Screen | null

beforeEach(async () => {
  screen = null
  world = await startTlsLab((request) => {
    respond(request, 200, 'text/event-stream', sse('resp_1', [says('the first answer')]))
  })
})
afterEach(async () => {
  await screen?.close()
  await world.remove()
})

describe('without', () => {
  it('cycletls: node’s own https takes over, and one line says so', async () => {
    const program = installWithout(world.lab.root, ['cycletls'])
    const result = await world.lab.run(program, [...world.flags('cycletls'), 'exec', 'hello'], { env: world.env })
    expect(result).toMatchObject({ code: 0, stdout: 'the first answer\n' })
    const lines = result.stderr.split('\n').filter((line) => line.startsWith('codex-plus:'))
    expect(lines).toEqual([
      "codex-plus: cycletls is not used, requests are sent with Node's own TLS: the optional package cycletls is not installed. [CP_UPSTREAM_HELPER]",
    ])
    await expectNothingLeft(world.lab)
  })

  it('the PTY packages: the TUI runs on the plain terminal, after a notice', LOST_KEYS, async () => {
    const program = installWithout(world.lab.root, ['node-pty', '@lydell/node-pty'])
    screen = openScreen(world.lab, program, [...world.flags('native'), 'hello'], world.env)
    await screen.waitFor(/the first answer|the second answer/)
    await screen.leave()
    expect(screen.bytes().match(/codex-plus: [^\r\n]*/g)).toEqual([
      expect.stringMatching(/^codex-plus: commands typed in the TUI are off: no PTY package loads \(.*node-pty.*\)/),
    ])
    await expectNothingLeft(world.lab)
  })

  it('all that is optional: codex runs', async () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>
    }
    const program = installWithout(world.lab.root, Object.keys(optionalDependencies))
    const result = await world.lab.run(program, [...world.flags('native'), 'exec', 'hello'], { env: world.env })
    expect(result).toMatchObject({ code: 0, stdout: 'the first answer\n' })
    expect(result.stderr).not.toContain('codex-plus:')
    expect((await world.lab.run(program, ['--version'])).stdout).toMatch(/^codex-cli .+\ncodex-plus \d/)
  })

  it.each([['exec', 'hello'], ['login'], ['hello']])('codex: one sentence says what to do (%s)', async (...args) => {
    const program = installWithout(world.lab.root, [])
    const env = { CODEX_PLUS_CODEX: undefined, PATH: '/usr/bin:/bin' }
    const result = await world.lab.run(program, args, { env })
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toBe(
      'codex-plus: There is no codex on PATH. Install it with `npm install -g @openai/codex`, or name it in CODEX_PLUS_CODEX. [CP_CODEX_NOT_FOUND]\n',
    )
    expect(CODEX).toContain('@openai')
  })
})
