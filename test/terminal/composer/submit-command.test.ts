import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/log/log.js'
import { createComposer } from '../../../src/terminal/composer/submit-command.js'
import { intercept } from '../../../src/terminal/interceptor.js'

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const SPACE = '\x1b[200~ \x1b[201~'

/** A composer before a line editor that draws like codex, `lag` ms late; null for one that draws nothing. */
async function open(lag: number | null, commands = new Set(['foo'])) {
  const written: string[] = []
  let line = ''
  let column = 0
  let shown = true
  const composer = createComposer({
    commands: () => ({
      owns: (text) => commands.has(/^\/(\S+)/.exec(text)?.[1] ?? ''),
      completion: (word) =>
        [...commands].find((name) => name.startsWith(word.slice(1)))?.slice(word.length - 1) ?? null,
    }),
    log: silentLog,
  })
  const draw = (): void => {
    if (!shown) return
    const text = `\x1b[1m›\x1b[22m ${line}`
    composer.output(Buffer.from(`\x1b[?2026h\x1b[9;1H\x1b[K${text}\x1b[9;${column + 3}H\x1b[?25h\x1b[?2026l`))
  }
  const child = (bytes: Buffer): void => {
    const text = bytes.toString()
    written.push(text)
    if (text === '\x1b[H') column = 0
    else if (!text.includes('\r') && !text.includes('\x1b')) {
      line += text
      column = line.length
    }
    if (lag !== null) setTimeout(draw, lag)
  }
  const between = intercept(composer, child, silentLog)
  between.resize(80, 12)
  draw()
  await soon(250)
  return {
    written,
    type: (text: string) => between.input(Buffer.from(text)),
    hide: () => {
      shown = false
    },
    output: (text: string) => composer.output(Buffer.from(text)),
  }
}

describe('the composer between the user and codex', () => {
  it('puts a pasted space in front of a command of ours, once the cursor is there', async () => {
    const { written, type } = await open(10)
    type('/foo bar')
    await soon(60)
    type('\r')
    await soon(60)
    expect(written).toEqual(['/foo bar', '\x1b[H', `${SPACE}\r`])
  })

  it('waits for the echo of what was typed in the same read, and keeps the order of what follows', async () => {
    const { written, type } = await open(80)
    type('/foo bar\r')
    type('x')
    await soon(350)
    expect(written).toEqual(['/foo bar', '\x1b[H', `${SPACE}\r`, 'x'])
  })

  it('lets everything else through at once, as the same bytes', async () => {
    const { written, type } = await open(10)
    for (const text of ['hello', '\r', '/', 'b', '\x1b[A', '\x1b[<35;1;1M']) type(text)
    expect(written).toEqual(['hello', '\r', '/', 'b', '\x1b[A', '\x1b[<35;1;1M'])
    // What the up key recalls may be a command: it has a moment to show.
    await soon(160)
    type('\r')
    expect(written.at(-1)).toBe('\r')
  })

  it('passes every byte on, in order, whatever they are', async () => {
    const { written, type } = await open(0, new Set())
    const typed: string[] = []
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { maxLength: 6 }),
        async (reads) => {
          for (const read of reads.map((text) => text.replaceAll('/', '\r'))) {
            typed.push(read)
            type(read)
          }
          await soon(5)
        },
      ),
      { numRuns: 40 },
    )
    await soon(300)
    expect(written.join('')).toBe(typed.join(''))
  })

  it('lets the terminal’s answers through while Enter is held', async () => {
    const { written, type } = await open(200)
    type('/foo\r')
    type('\x1b[5;7Ry')
    expect(written).toEqual(['/foo', '\x1b[5;7R'])
    await soon(700)
    expect(written).toEqual(['/foo', '\x1b[5;7R', '\x1b[H', `${SPACE}\r`, 'y'])
  })

  it('gives up where the screen never shows it, and every byte goes as typed', async () => {
    const { written, type } = await open(null)
    type('/foo\r')
    await soon(1500)
    expect(written).toEqual(['/foo', '\r'])
  })

  it('gives up where the cursor does not move to the beginning', async () => {
    const { written, type, hide } = await open(5)
    type('/foo')
    await soon(60)
    hide()
    type('\r')
    await soon(2900)
    expect(written).toEqual(['/foo', '\x1b[H', '\r'])
  })

  it('completes a name with Tab, fast or not', async () => {
    const { written, type } = await open(10, new Set(['foobar']))
    type('/foo\t')
    await soon(80)
    expect(written).toEqual(['/foo', '\x1b[200~bar\x1b[201~'])
  })

  it('never answers what codex asks of the terminal', async () => {
    const { written, output } = await open(10)
    output('\x1b[6n\x1b[c\x1b[?u\x1b]10;?\x1b\\\x1b[>q\x1b[?2026$p')
    await soon(80)
    expect(written).toEqual([])
  })
})
