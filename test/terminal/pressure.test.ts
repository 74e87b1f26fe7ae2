import { describe, expect, it } from 'vitest'
import { poll, run } from './outer.js'

interface Sample {
  cpu: number
  lag: number
  rss: number
}
const samples = (report: Record<string, unknown>[]): Sample[] =>
  report.filter((line) => 'cpu' in line) as unknown as Sample[]
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('pressure', () => {
  it('a terminal that stops reading holds the child back, freezes nothing and loses nothing', async () => {
    const lines = 100_000
    const terminal = run(['flood', String(lines)], { RUNNER_MODE: 'meter' })
    await terminal.until('line 1000 ')
    terminal.pty.pause()
    await sleep(300)
    const before = samples(terminal.report()).length
    await sleep(1000)
    const held = samples(terminal.report()).slice(before)
    // Its timers went on, and it did not spin.
    expect(held.length).toBeGreaterThan(5)
    expect(held.reduce((sum, sample) => sum + sample.cpu, 0) / held.length).toBeLessThan(0.25)
    const used = held.map((sample) => sample.rss)
    expect(Math.max(...used) - Math.min(...used)).toBeLessThan(16 * 1024 * 1024)
    terminal.pty.resume()
    expect((await terminal.exit).exitCode).toBe(3)
    const numbers = [...terminal.text().matchAll(/line (\d+) /g)].map((match) => Number(match[1]))
    expect(numbers.length).toBe(lines)
    expect(numbers.every((number, index) => number === index)).toBe(true)
  })

  it('loses nothing when the child ends while the terminal does not read', async () => {
    const terminal = run(['flood', '3000'])
    await terminal.until('line 10 ')
    terminal.pty.pause()
    await sleep(1500)
    terminal.pty.resume()
    expect((await terminal.exit).exitCode).toBe(3)
    expect(terminal.text().match(/line \d+ /g)?.length).toBe(3000)
  })

  it('a child that stops reading costs little, and can be ended', async () => {
    const terminal = run(['deaf'], { RUNNER_MODE: 'meter' })
    const pid = Number(/PID (\d+)/.exec(await terminal.until(/PID \d+/))?.[1])
    terminal.type('x'.repeat(1024 * 1024))
    await sleep(500)
    const before = samples(terminal.report()).length
    await sleep(1000)
    const held = samples(terminal.report()).slice(before)
    expect(held.length).toBeGreaterThan(5)
    // node-pty's own writer takes 0.7 of a core here.
    expect(held.reduce((sum, sample) => sum + sample.cpu, 0) / held.length).toBeLessThan(0.25)
    process.kill(pid, 'SIGUSR2')
    expect((await terminal.exit).exitCode).toBe(0)
  })

  it('a terminal that never reads again does not keep codex-plus from ending', async () => {
    const terminal = run(['flood', '100000'])
    await terminal.until('line 10 ')
    terminal.pty.pause()
    await sleep(300)
    const runner = Number(terminal.report()[0]?.runner)
    process.kill(runner, 'SIGTERM')
    await poll(
      () => !alive(runner),
      10_000,
      () => 'the runner is left',
    )
    terminal.pty.resume()
    expect(await terminal.exit).toMatchObject({ signal: 15 })
  })
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
