import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { exitNumber, signalName } from '../../src/terminal/exit-status.js'
import { fixSpawnHelper, loadPty, PTY_PACKAGES } from '../../src/terminal/load-pty.js'
import { NODE, outer, poll, RUNNER, run, stateOf } from './outer.js'

const INHERIT = fileURLToPath(new URL('../fixtures/terminal/inherit.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'codex-plus-inherit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs `script` through the runner with pipes (no terminal), in a session of its own, `act` done when it says READY. */
async function piped(script: string, act: (pid: number) => void = () => {}, stdin = '') {
  const child = spawn(NODE, [INHERIT, '/bin/sh', '-c', script], { stdio: 'pipe', detached: true })
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => {
    const before = out
    out += bytes.toString('latin1')
    if (!before.includes('READY') && out.includes('READY')) act(child.pid as number)
  })
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString('latin1')
  })
  child.stdin.end(stdin)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (...how) => resolve(how)),
  )
  return { code, signal, out, err }
}

describe('inherited stdio', () => {
  it('is the child’s own: input, output, errors, environment, exit code', async () => {
    expect(await piped('cat; echo "$GIVEN"; echo err >&2; exit 3', undefined, 'in\n')).toEqual({
      code: 3,
      signal: null,
      out: 'in\nyes\n',
      err: 'err\n',
    })
  })

  it.each(['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGINT'] as const)(
    '%s sent to us reaches the child, once',
    async (signal) => {
      const script = `n=0; trap 'n=$((n+1))' ${signal.slice(3)}; echo READY; while [ $n = 0 ]; do sleep 0.02; done; sleep 0.1; exit $((40+n))`
      const { code } = await piped(script, (pid) => process.kill(pid, signal))
      expect(code).toBe(41)
    },
  )

  it('ends by the signal that ended the child', async () => {
    expect(await piped('kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(await piped('kill -TERM $$')).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('Ctrl-C reaches the child once, and we outlive it', async () => {
    const script = `n=0; trap 'n=$((n+1))' INT; echo READY; while [ $n = 0 ]; do sleep 0.02; done; sleep 0.2; echo COUNT $n; exit 5`
    const terminal = outer(NODE, [INHERIT, '/bin/sh', '-c', script])
    await terminal.until('READY')
    terminal.type('\x03')
    expect((await terminal.exit).exitCode).toBe(5)
    expect(terminal.text()).toContain('COUNT 1')
  })

  it('Ctrl-Z stops both, as the kernel does it', async () => {
    const terminal = outer('bash', ['--norc', '--noprofile', '-i'], { PS1: 'PROMPT> ' })
    await terminal.until('PROMPT> ')
    terminal.type(`'${NODE}' '${INHERIT}' /bin/sh -c 'echo RE''ADY $$; read line; echo GOT $line'\r`)
    const pid = Number(/READY (\d+)/.exec(await terminal.until(/READY \d+/))?.[1])
    terminal.type('\x1a')
    await poll(
      () => stateOf(pid) === 'T',
      5000,
      () => `state ${stateOf(pid)}`,
    )
    await terminal.until('Stopped')
    terminal.type('fg\r')
    await poll(
      () => stateOf(pid) === 'S',
      5000,
      () => `state ${stateOf(pid)}`,
    )
    terminal.type('word\r')
    expect(await terminal.until('GOT word')).toContain('GOT word')
  })

  it.each([
    ['SIGKILL', 'echo READY $$; exec sleep 60'],
    ['SIGKILL', "trap '' TERM HUP; echo READY $$; while :; do sleep 0.1; done"],
  ] as const)('%s of us is the end of the child, also of %j', async (signal, script) => {
    const child = spawn(NODE, [INHERIT, '--guarded', '/bin/sh', '-c', script], { stdio: 'pipe', detached: true })
    const [ready] = (await once(child.stdout, 'data')) as [Buffer]
    const pid = Number(/READY (\d+)/.exec(ready.toString())?.[1])
    expect(stateOf(pid)).not.toBeNull()
    process.kill(child.pid as number, signal)
    await poll(
      () => stateOf(pid) === null || stateOf(pid) === 'Z',
      9000,
      () => `state ${stateOf(pid)}`,
    )
  })

  it('says in one sentence when the program cannot be started', async () => {
    const child = outer(NODE, [INHERIT, join(folder, 'nothing')])
    expect((await child.exit).exitCode).toBe(70)
    expect(child.text()).toContain(`CP_CODEX_SPAWN ${join(folder, 'nothing')} could not be started`)
    const inPty = outer(NODE, [RUNNER, join(folder, 'nothing')])
    expect((await inPty.exit).exitCode).toBe(1)
    expect(inPty.text()).toContain('CP_CODEX_SPAWN')
  })
})

describe('without a PTY package', () => {
  it('the child runs on the inherited stdio, after a notice that waits for a key', async () => {
    const terminal = run(['hex'], { RUNNER_MODE: 'no-pty' })
    await terminal.until('Press a key')
    expect(terminal.text()).not.toContain('READY')
    terminal.type('x')
    await terminal.until('READY')
    terminal.type('aq')
    expect((await terminal.exit).exitCode).toBe(0)
    const [notice, held, ready] = terminal.text().split('\r\n')
    expect(notice).toContain('no PTY package loads (built for another Node)')
    expect(held).toBe('Press a key to start codex.')
    expect(ready).toContain('READY')
    expect(terminal.text()).toContain('6171')
    expect(terminal.text()).not.toContain('78')
  })

  it('the notice goes on by itself, and Ctrl-C leaves', async () => {
    const waiting = run(['hex'], { RUNNER_MODE: 'no-pty' })
    await waiting.until('READY')
    waiting.type('q')
    expect((await waiting.exit).exitCode).toBe(0)
    const left = run(['hex'], { RUNNER_MODE: 'no-pty' })
    await left.until('Press a key')
    left.type('\x03')
    expect((await left.exit).signal).toBe(2)
    expect(left.text()).not.toContain('READY')
  })

  it.each(PTY_PACKAGES)('%s loads', async (name) => {
    const { pty, reason } = await loadPty([name])
    expect(reason).toBeNull()
    expect(pty?.spawn).toBeTypeOf('function')
  })

  it('the next package is taken, and each failure is named where none loads', async () => {
    expect(await loadPty(['no-such-pty', '@lydell/node-pty'])).toMatchObject({ name: '@lydell/node-pty', reason: null })
    expect(await loadPty(['no-such-pty', 'none-either'])).toEqual({
      pty: null,
      reason: 'no-such-pty: not installed; none-either: not installed',
    })
  })

  it('its helper gets the run bits it was published without', () => {
    const helper = join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'spawn-helper')
    mkdirSync(join(helper, '..'), { recursive: true })
    writeFileSync(helper, '')
    chmodSync(helper, 0o644)
    expect(fixSpawnHelper(folder)).toBeNull()
    expect(statSync(helper).mode & 0o777).toBe(0o755)
    expect(fixSpawnHelper(join(folder, 'nowhere'))).toBeNull()
  })
})

describe('exit', () => {
  it('is numbered as shells do', () => {
    expect(exitNumber({ code: 3, signal: null })).toBe(3)
    expect(exitNumber({ code: null, signal: 'SIGTERM' })).toBe(143)
    expect(exitNumber({ code: null, signal: null })).toBe(1)
    expect([signalName(9), signalName(0), signalName(undefined), signalName(9999)]).toEqual([
      'SIGKILL',
      null,
      null,
      null,
    ])
  })

  it('is 128 plus the number for a signal that does not kill Node', async () => {
    const terminal = outer(NODE, [RUNNER, '/bin/sh', '-c', 'kill -USR1 $$'])
    expect(await terminal.exit).toEqual({ exitCode: 138, signal: 0 })
  })
})
