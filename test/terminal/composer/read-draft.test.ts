import xterm from '@xterm/headless'
import { describe, expect, it } from 'vitest'
import { type Draft, readDraft } from '../../../src/terminal/composer/read-draft.js'

interface Picture {
  readonly cols?: number
  /** What stands above the composer, from the row right above it upwards; `inverse` rows are written so. */
  readonly above?: Array<string | { inverse: string }>
  readonly rows: string[]
  readonly below?: string[]
  /** Row and column within the draft; its end unless told. */
  readonly cursor?: [number, number]
  readonly mark?: string
}

/** Draws what codex 0.169 draws: `›` bold in the first row, two blanks before the others. */
async function draw({
  cols = 60,
  above = ['', ''],
  rows,
  below,
  cursor,
  mark = '\x1b[1m›\x1b[22m',
}: Picture): Promise<Draft | null> {
  const terminal = new xterm.Terminal({ cols, rows: 20, allowProposedApi: true })
  const top = 10
  let text = ''
  for (const [index, row] of above.entries()) {
    const line = typeof row === 'string' ? row : `\x1b[7m${row.inverse}\x1b[27m`
    text += `\x1b[${top - index};1H${line}`
  }
  for (const [index, row] of rows.entries())
    text += `\x1b[${top + 1 + index};1H${index === 0 ? `${mark} ` : '  '}${row}`
  const footer = below ?? ['', '  GPT-6.1-Sol default · /tmp/project', '  ? for shortcuts']
  for (const [index, row] of footer.entries()) text += `\x1b[${top + 1 + rows.length + index};1H${row}`
  const [row, column] = cursor ?? [rows.length - 1, rows.at(-1)?.length ?? 0]
  text += `\x1b[${top + 1 + row};${column + 3}H`
  await new Promise<void>((resolve) => terminal.write(text, resolve))
  return readDraft(terminal)
}

describe('the draft on the screen', () => {
  it('of one row', async () => {
    expect(await draw({ rows: ['/foo bar'] })).toEqual({
      status: expect.arrayContaining(['GPT-6.1-Sol default', '/tmp/project', '? for shortcuts']),
      text: '/foo bar',
      beforeCursor: '/foo bar',
      cursor: { row: 0, column: 8 },
      hidden: false,
      popup: null,
      normalMode: false,
    })
    expect(await draw({ rows: ['/foo bar'], cursor: [0, 9] })).toMatchObject({
      text: '/foo bar',
      beforeCursor: '/foo bar ',
    })
    expect(await draw({ rows: ['\x1b[2mAsk Codex\x1b[22m'], cursor: [0, 0] })).toMatchObject({ beforeCursor: '' })
  })

  it('of several rows, the cursor in any of them, blank rows between', async () => {
    const rows = ['/foo one', 'two', '', 'four']
    expect(await draw({ rows })).toMatchObject({ text: '/foo one\ntwo\n\nfour', cursor: { row: 3, column: 4 } })
    expect(await draw({ rows, cursor: [1, 2] })).toMatchObject({
      beforeCursor: '/foo one\ntw',
      cursor: { row: 1, column: 2 },
    })
    expect(await draw({ rows: rows.slice(0, 2), cursor: [0, 0] })).toMatchObject({
      text: '/foo one\ntwo',
      beforeCursor: '',
    })
  })

  it('a name broken over rows is one', async () => {
    const name = `/${'very-'.repeat(9)}`
    expect((await draw({ rows: [name, 'long x'], cursor: [1, 6] }))?.text).toBe(`${name}long x`)
    const wide = `/${'w'.repeat(55)}`
    expect((await draw({ rows: [wide, 'ww', 'next'], cursor: [2, 4] }))?.text).toBe(`${wide}ww\nnext`)
    expect((await draw({ rows: ['/foo-', 'next'] }))?.text).toBe('/foo-\nnext')
  })

  it('tells rows that are scrolled out of sight', async () => {
    const row = `/line 7${' '.repeat(48)}↑`
    expect(await draw({ rows: [row, '/line 8'] })).toMatchObject({ hidden: true, text: '/line 7\n/line 8' })
  })

  it('tells codex’s popups from what else stands above', async () => {
    const command = ['', '  /plugins  browse', { inverse: '› /plan  switch to Plan mode' }, '']
    expect(await draw({ rows: ['/pla'], above: command })).toMatchObject({ popup: 'command' })
    const mention = ['', '  enter/tab insert · esc close', '', '', { inverse: '  src/a.ts' }, '  src/b.ts']
    expect(await draw({ rows: ['/foo @src'], above: mention })).toMatchObject({ popup: 'mention' })
    expect(await draw({ rows: ['/dl'], above: ['', 'no matches', ''] })).toMatchObject({ popup: null })
    expect(await draw({ rows: ['/foo'], above: ['', '', '• Working (0s • esc to interrupt)'] })).toMatchObject({
      popup: null,
    })
  })

  it('tells vim’s normal mode', async () => {
    const below = ['', '  GPT', `${' '.repeat(40)}Vim: Normal`]
    expect(await draw({ rows: ['/foo'], below })).toMatchObject({ normalMode: true })
    expect(await draw({ rows: ['Vim: Normal'] })).toMatchObject({ normalMode: false })
  })

  it('is none where the cursor is elsewhere', async () => {
    expect(await draw({ rows: ['/foo'], mark: '\x1b[1m!\x1b[22m' })).toBeNull()
    expect(await draw({ rows: ['/model'], mark: '\x1b[7;1m›\x1b[0m' })).toBeNull()
    // An earlier prompt of the transcript.
    expect(await draw({ rows: ['/foo', '', 'a field'], mark: '\x1b[1;2m›\x1b[0m' })).toBeNull()
    const search = ['', '  GPT', '  reverse-i-search: foo']
    expect(await draw({ rows: ['/foo'], below: search, cursor: [3, 21] })).toBeNull()
    expect(await draw({ rows: ['/foo', '• the answer', 'x'] })).toMatchObject({ text: expect.anything() })
    expect(await draw({ rows: ['/foo', 'x'], below: ['• the answer', '  y'], cursor: [3, 1] })).toBeNull()
  })
})
