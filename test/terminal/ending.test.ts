import { describe, expect, it } from 'vitest'
import { CHILD, NODE, outer, poll, RUNNER, run, shown, stateOf } from './outer.js'

const pidOf = (text: string): number => Number(/PID (\d+)/.exec(text)?.[1])
const gone = (pid: number): Promise<true> =>
  poll(
    () => [null, 'Z'].includes(stateOf(pid)) && true,
    8000,
    () => `process ${pid} is left in state ${stateOf(pid)}`,
  )
const RESTORED = /␛\[\?2004l.*␛\[<1u␛\[\?1049l␛\[<1u␛\[0m/s

describe('the end', () => {
  it('loses nothing of what short programs write', async () => {
    // node-pty alone cuts more than half of these; the short shell is where it shows.
    const script = 'i=0; while [ $i -lt 12 ]; do printf "%0512d" $i; i=$((i+1)); done; printf END; exit 9'
    const one = async (): Promise<string> => {
      const terminal = outer(NODE, [RUNNER, '/bin/sh', '-c', script])
      const { exitCode } = await terminal.exit
      return `${exitCode} ${terminal.text().length} ${terminal.text().endsWith('END')}`
    }
    const results: string[] = []
    for (let turn = 0; turn < 20; turn++) results.push(...(await Promise.all([one(), one(), one()])))
    expect(results.filter((result) => result !== `9 ${12 * 512 + 3} true`)).toEqual([])
  })

  it.each([0, 1, 2, 42, 255])('has the exit code %i of the child', async (code) => {
    expect(await run(['exit', String(code)]).exit).toEqual({ exitCode: code, signal: 0 })
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL', 'SIGABRT'])(
    'is by %s when the child was killed by it',
    async (signal) => {
      const bare = await outer(NODE, [CHILD, 'signal', signal]).exit
      expect(await run(['signal', signal]).exit).toEqual(bare)
      expect(bare.signal).toBeGreaterThan(0)
    },
  )

  it('restores the modes a child leaves on', async () => {
    const terminal = run(['screen'])
    await terminal.until('DRAWN')
    terminal.type('q')
    expect((await terminal.exit).exitCode).toBe(0)
    expect(shown(terminal.text())).toMatch(RESTORED)
  })

  it('restores them when the child is killed', async () => {
    const terminal = run(['screen'])
    await terminal.until('DRAWN')
    terminal.type('k')
    expect((await terminal.exit).signal).toBe(9)
    expect(shown(terminal.text())).toMatch(RESTORED)
  })

  it('restores them when codex-plus is told to end, and the child hears of it', async () => {
    const terminal = run(['screen'])
    await terminal.until('DRAWN')
    terminal.pty.kill('SIGTERM')
    expect(await terminal.exit).toEqual({ exitCode: 7, signal: 0 })
    expect(shown(terminal.text())).toMatch(RESTORED)
  })

  it('restores them when codex-plus fails, before the error is printed', async () => {
    const terminal = run(['screen'], { RUNNER_MODE: 'throw' })
    expect((await terminal.exit).exitCode).toBe(1)
    expect(shown(terminal.text())).toMatch(/␛\[\?1049l.*thrown inside/s)
  })

  it('gives the shell back its line discipline', async () => {
    const shell = outer('/bin/sh', [
      '-c',
      'stty -a > before; "$@"; stty -a > after; cmp before after && echo SAME',
      'sh',
      NODE,
      RUNNER,
      NODE,
      CHILD,
      'screen',
    ])
    await shell.until('DRAWN')
    shell.type('q')
    await shell.until('SAME')
    expect((await shell.exit).exitCode).toBe(0)
  })

  it('of codex-plus by SIGKILL is the end of the child too', async () => {
    const terminal = run(['deaf'], { RUNNER_MODE: 'helper' })
    const pid = pidOf(await terminal.until(/PID \d+/))
    const [{ helper, files }] = await poll(
      () => {
        const found = terminal.report().filter((line) => 'helper' in line)
        return found.length > 0 && (found as [{ helper: number; files: string[] }])
      },
      5000,
      () => 'no helper',
    )
    try {
      terminal.pty.kill('SIGKILL')
      await terminal.exit
      await gone(pid)
      expect(files.filter((file) => file.includes('ptmx'))).toEqual([])
    } finally {
      process.kill(helper, 'SIGKILL')
    }
  })

  it('of the terminal is the end of both', async () => {
    const terminal = run(['deaf'])
    const child = pidOf(await terminal.until(/PID \d+/))
    const runner = Number(terminal.report()[0]?.runner)
    ;(terminal.pty as unknown as { _socket: { destroy(): void } })._socket.destroy()
    await Promise.all([gone(child), gone(runner)])
    expect(stateOf(child)).not.toBe('R')
  })

  it('comes by SIGKILL to a child that ignores SIGTERM', async () => {
    const terminal = outer(NODE, [RUNNER, '/bin/sh', '-c', 'trap "" TERM; echo PID $$; while :; do sleep 1; done'])
    const pid = pidOf(await terminal.until(/PID \d+/))
    terminal.pty.kill('SIGTERM')
    expect((await terminal.exit).signal).toBe(9)
    await gone(pid)
    expect(stateOf(pid)).toBeNull()
  })
})
