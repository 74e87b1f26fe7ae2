import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createModes } from '../../src/terminal/terminal-modes.js'

const fed = (...chunks: (string | Uint8Array)[]) => {
  const modes = createModes()
  for (const chunk of chunks) modes.feed(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)
  return modes
}

/** What codex 0.169 sends when it starts, when it is suspended and when it ends. */
const START =
  '\x1b[?2004h\x1b[>4;0m\x1b[>7u\x1b[?1004h\x1b[?u\x1b[c\x1b[6n\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[?1049h\x1b[>4;0m\x1b[>7u' +
  '\x1b[?1007l\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b]0;title\x07\x1b[?2026h\x1b[?25l\x1b[2;3H\x1b[48;5;234mtext\x1b[K\x1b[?25h\x1b[?2026l'
const END =
  '\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[<1u\x1b[?1007l\x1b[?1049l\x1b[1;1H\x1b[?25h\x1b[<1u\x1b[>4;0m\x1b[?2004l\x1b[?1004l\x1b[0 q\x1b[?25h'

describe('modes', () => {
  it('asks for nothing when the program put everything back', () => {
    expect(fed(START, END).restoreSequence()).toBe('')
    expect(fed('plain text \x1b[31mred\x1b[0m\r\n').restoreSequence()).toBe('')
  })

  it('undoes what codex switched on, inside the screen it was switched on', () => {
    const restore = fed(START).restoreSequence()
    for (const mode of [2004, 1004, 1000, 1002, 1003, 1006, 1049]) expect(restore).toContain(`\x1b[?${mode}l`)
    expect(restore).toContain('\x1b[<1u\x1b[?1049l\x1b[<1u')
    expect(restore).not.toContain('\x1b[?25h')
  })

  it('is idempotent: what it writes leaves nothing to restore', () => {
    expect(fed(START, fed(START).restoreSequence()).restoreSequence()).toBe('')
  })

  it('puts back after a suspension what it took away', () => {
    const before = fed(START)
    const again = fed(before.reenableSequence())
    expect(again.restoreSequence()).toBe(before.restoreSequence())
    expect(again.alternateScreen).toBe(true)
  })

  it('never freezes the screen when it puts modes back', () => {
    const modes = fed('\x1b[?2026h\x1b[?2004h')
    expect(modes.restoreSequence()).toContain('\x1b[?2026l')
    expect(modes.reenableSequence()).toBe('\x1b[?2004h')
  })

  it.each([
    ['\x1b[?25l', '\x1b[?25h'],
    ['\x1b[?7l', '\x1b[?7h'],
    ['\x1b[?1h', '\x1b[?1l'],
    ['\x1b=', '\x1b>'],
    ['\x1b[>4;2m', '\x1b[>4m'],
    ['\x1b[5 q', '\x1b[0 q'],
    ['\x1b[2;10r', '\x1b7\x1b[r\x1b8'],
    ['\x1b[?47h', '\x1b[?47l'],
    ['\x1b[?1000;1006h', '\x1b[?1000l\x1b[?1006l'],
    ['\x1b[>1u\x1b[>3u', '\x1b[<2u'],
    ['\x1b[=5u', '\x1b[=0u'],
  ])('%j is undone by %j', (set, undone) => {
    expect(fed(set).restoreSequence()).toBe(`${undone}\x1b[0m`)
  })

  it.each([
    ['\x1b[?25l\x1b[?25h'],
    ['\x1b[>1u\x1b[<5u'],
    ['\x1b[5 q\x1b[0 q'],
    ['\x1b[2;10r\x1b[r'],
    ['\x1b[?2004h\x1bc'],
    ['\x1b=\x1b[?25l\x1b[!p'],
    ['\x1b]0;\x1b\\[?2004h'],
    ['\x1b]0;[?2004h\x07'],
    ['\x1b[?2004$p'],
    ['\x1b[?2004\x18h'],
    ['\x1b(0\x1b[u\x1b[?u'],
  ])('%j leaves nothing on', (text) => {
    expect(fed(text).restoreSequence()).toBe('')
  })

  it('gives the same state at every split point', () => {
    const bytes = Buffer.from(`${START}\x1b[5 q\x1b[3;9r\x1b=é\x1b[>4;2m`, 'utf8')
    const whole = fed(bytes)
    for (let at = 0; at <= bytes.length; at++) {
      const split = fed(bytes.subarray(0, at), bytes.subarray(at))
      expect(split.restoreSequence()).toBe(whole.restoreSequence())
      expect(split.reenableSequence()).toBe(whole.reenableSequence())
    }
  })

  it('gives the same state for any bytes in any chunks', () => {
    const piece = fc.oneof(
      fc.constantFrom('\x1b', '\x1b[', '\x1b[?', '\x1b]', '\x1b\\', '\x07', '\x18', 'h', 'l', 'u', 'm', '>', '<', ';'),
      fc.constantFrom('1049', '2004', '25', '1000', '7', '\x1b[?1049h', '\x1b[>7u', '\x1b[<1u', '\x1b[?1049l', '\x1bc'),
      fc.string({ maxLength: 3 }),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }),
        (pieces, cuts) => {
          const bytes = Buffer.from(pieces.join(''), 'utf8')
          const modes = createModes()
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const length = 1 + (cuts[turn % cuts.length] as number)
            modes.feed(bytes.subarray(at, at + length))
            at += length
          }
          const whole = fed(bytes)
          expect(modes.restoreSequence()).toBe(whole.restoreSequence())
          expect(modes.reenableSequence()).toBe(whole.reenableSequence())
          expect(fed(bytes, whole.restoreSequence()).restoreSequence()).toBe('')
        },
      ),
      { numRuns: 500 },
    )
  })
})
