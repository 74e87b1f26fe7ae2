import { describe, expect, it } from 'vitest'
import { PTY_PACKAGES } from '../../src/terminal/load-pty.js'
import { CHILD, NODE, outer, RUNNER, run } from './outer.js'

// What node-pty gets wrong on its own (ends cut off, a writer that spins), on each package that may be the one that loads.
describe.each(PTY_PACKAGES)('%s', (name) => {
  const env = { RUNNER_PTY: name }

  it('loses nothing of what short programs write', async () => {
    const script = 'i=0; while [ $i -lt 12 ]; do printf "%0512d" $i; i=$((i+1)); done; printf END; exit 9'
    const one = async (): Promise<string> => {
      const terminal = outer(NODE, [RUNNER, '/bin/sh', '-c', script], env)
      const { exitCode } = await terminal.exit
      return `${exitCode} ${terminal.text().length} ${terminal.text().endsWith('END')}`
    }
    const results: string[] = []
    for (let turn = 0; turn < 8; turn++) results.push(...(await Promise.all([one(), one(), one()])))
    expect(results.filter((result) => result !== `9 ${12 * 512 + 3} true`)).toEqual([])
  })

  it('loses nothing when the child ends while the terminal does not read', async () => {
    const terminal = run(['flood', '3000'], env)
    await terminal.until('line 10 ')
    terminal.pty.pause()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    terminal.pty.resume()
    expect((await terminal.exit).exitCode).toBe(3)
    expect(terminal.text().match(/line \d+ /g)?.length).toBe(3000)
  })

  it('passes 1 MB of input to the child whole', async () => {
    const terminal = outer(NODE, [RUNNER, '/bin/sh', '-c', 'stty raw -echo; echo READY; head -c 1048576 | cksum'], env)
    await terminal.until('READY')
    terminal.type('x'.repeat(1024 * 1024))
    expect((await terminal.exit).exitCode).toBe(0)
    expect(terminal.text()).toMatch(/\d+ 1048576\b/)
  })

  it.each([0, 42, 255])('has the exit code %i of the child', async (code) => {
    expect(await run(['exit', String(code)], env).exit).toEqual({ exitCode: code, signal: 0 })
  })

  it('is killed by the signal that killed the child', async () => {
    const bare = await outer(NODE, [CHILD, 'signal', 'SIGTERM']).exit
    expect(await run(['signal', 'SIGTERM'], env).exit).toEqual(bare)
  })
})
