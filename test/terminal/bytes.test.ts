import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { scaled } from '../time.js'
import { NODE, outer, RUNNER, run } from './outer.js'

const folder = mkdtempSync(join(tmpdir(), 'codex-plus-bytes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Random bytes hold modes, which are restored at the end, and ends of pastes; Ctrl-Z comes in their place. */
const withoutEscapes = (bytes: Buffer) => Buffer.from(bytes.map((byte) => (byte === 0x1b ? 0x1a : byte)))

describe('bytes', () => {
  it('come out as the child wrote them: all 256, invalid UTF-8, half a megabyte', async () => {
    const file = join(folder, 'all')
    const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const invalid = Buffer.from('\xff\xfe\xc3\xe2\x82\n\r\n', 'latin1')
    const written = Buffer.concat([all, invalid, withoutEscapes(randomBytes(512 * 1024))])
    writeFileSync(file, written)
    const through = run(['cat', file])
    await through.exit
    // The child's own PTY puts a CR before each line feed (Node's raw mode leaves that on), and nothing else does.
    expect(through.text() === written.toString('latin1').replaceAll('\n', '\r\n')).toBe(true)
  })

  it('leave line feeds alone when the child is in full raw mode', async () => {
    const script = `stty raw -echo; printf 'a\\nb\\r\\nc\\n'`
    const through = outer(NODE, [RUNNER, '/bin/sh', '-c', script])
    await through.exit
    expect(through.text()).toBe('a\nb\r\nc\n')
  })

  it('reach the child as they were typed: all 256, invalid UTF-8', async () => {
    const terminal = run(['hex'])
    await terminal.until('READY')
    // Without Ctrl-Z and `q`, which have a meaning here.
    const typed = Buffer.from(
      Array.from({ length: 256 }, (_, index) => index).filter((byte) => byte !== 0x1a && byte !== 0x71),
    )
    terminal.type(Buffer.concat([typed, Buffer.from('\xff\xfe\xc3', 'latin1')]))
    terminal.type('q')
    await terminal.exit
    const got = terminal.text().slice(terminal.text().indexOf('\n') + 1)
    expect(got.replaceAll(';', '')).toBe(`${typed.toString('hex')}fffec371`)
  })

  it('carry a paste of a megabyte, suspend keys in it included', async () => {
    const paste = Buffer.concat([
      Buffer.from('\x1b[200~'),
      withoutEscapes(randomBytes(1024 * 1024)),
      Buffer.from('\x1b[201~'),
    ])
    const terminal = run(['hash', String(paste.length)])
    await terminal.until('READY')
    terminal.type(paste)
    await terminal.until(`HASH ${createHash('sha256').update(paste).digest('hex')} 0`)
    expect((await terminal.exit).exitCode).toBe(0)
  })

  it('Ctrl-C is a byte like any other', async () => {
    const terminal = run(['hex'])
    await terminal.until('READY')
    terminal.type('\x03')
    await terminal.until('03;')
    terminal.type('\x1b[99;5uq')
    expect((await terminal.exit).exitCode).toBe(0)
    expect(terminal.text()).toContain('1b5b39393b3575')
  })

  it('answers of the terminal are back within milliseconds', async () => {
    const terminal = run(['query', '60'])
    let asked = 0
    terminal.pty.onData((chunk) => {
      const questions = chunk.toString().split('\x1b[6n').length - 1
      asked += questions
      for (let turn = 0; turn < questions; turn++) terminal.type('\x1b[1;1R')
    })
    const [, median] = /MEDIAN ([\d.]+)/.exec(await terminal.until(/MEDIAN [\d.]+\r/)) ?? []
    expect(asked).toBe(60)
    // Measured 0.4 ms on two idle cores; any timer in the way would show here.
    expect(Number(median)).toBeLessThan(scaled(60))
  })

  it('keep the environment, TMUX and the terminal name included', async () => {
    const terminal = run(['environment'], { TMUX: '/tmp/tmux', TERM: 'screen-256color', COLORTERM: 'truecolor' })
    await terminal.exit
    const env = JSON.parse(terminal.text().slice(4)) as NodeJS.ProcessEnv
    expect([env.TMUX, env.TERM, env.COLORTERM]).toEqual(['/tmp/tmux', 'screen-256color', 'truecolor'])
  })

  it('nothing a library prints gets between them', async () => {
    const terminal = run(['hex'], { RUNNER_MODE: 'chatter' })
    await terminal.until('READY')
    await new Promise((resolve) => setTimeout(resolve, 400))
    terminal.type('q')
    await terminal.exit
    expect(terminal.text()).not.toContain('NOISE')
    expect(JSON.stringify(terminal.report())).toContain('NOISE')
  })
})

describe('size', () => {
  it('is right at the start, after a change and after a storm of changes', async () => {
    const terminal = run(['size'])
    await terminal.until('SIZE 90x31')
    terminal.pty.resize(100, 40)
    await terminal.until('SIZE 100x40')
    for (let turn = 0; turn < 300; turn++) terminal.pty.resize(40 + (turn % 100), 10 + (turn % 30))
    terminal.pty.resize(123, 45)
    await terminal.until(/SIZE 123x45\s+$/)
    terminal.type('\r')
    expect((await terminal.exit).exitCode).toBe(0)
  })

  it('may change while the child is ending', async () => {
    const terminal = run(['exit', '4', '20000'])
    const storm = setInterval(() => {
      try {
        terminal.pty.resize(50 + Math.floor(Math.random() * 50), 20)
      } catch {
        clearInterval(storm)
      }
    }, 1)
    const { exitCode } = await terminal.exit
    clearInterval(storm)
    expect(exitCode).toBe(4)
    expect(terminal.text()).toBe('x'.repeat(20000))
  })
})
