import { describe, expect, it } from 'vitest'
import { noticeLine } from '../../src/run/notices.js'
import { jsonOn, printable, printableLine, printableOn } from '../../src/terminal/printable.js'

/** What acts on a terminal or hides in a text: escapes, OSC 52, C1, directions, what has no width, separators. */
const ACTING = ['\x1b]52;c;ZXZpbA==\x07', '\x1b[2J', '\x9b2J', '\x7f', '\u202e', '\u2066', '\u200b', '\ufeff', '\u2028']

describe('a text of others', () => {
  it.each(ACTING)('%j does not act on a terminal', (acting) => {
    const tty = { isTTY: true }
    for (const shown of [printable(acting), printableOn(tty, acting), jsonOn(tty, { [acting]: acting })]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
      expect(shown).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e\u2066\ufeff]/)
    }
    expect(JSON.parse(jsonOn(tty, { x: acting }))).toEqual({ x: acting })
  })

  it('stays as it is in a pipe', () => {
    for (const acting of ACTING) {
      expect(printableOn({}, acting)).toBe(acting)
      expect(jsonOn({}, { x: acting })).toBe(JSON.stringify({ x: acting }))
    }
  })

  it('forges no line of its own in a notice', () => {
    const name = 'server\ncodex-plus: your login has expired, run: something'
    expect(noticeLine(name).split('\n')).toHaveLength(2)
    expect(printableLine('a\r\nb')).toBe('a\\x0ab')
  })
})
