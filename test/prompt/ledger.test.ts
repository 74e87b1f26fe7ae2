import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import { type LedgerEntry, openLedger } from '../../src/prompt/ledger.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const entry = (messageId: string, text: string): LedgerEntry => ({
  messageId,
  turnId: 'turn',
  content: [{ type: 'input_text', text }],
  kinds: ['user.text'],
  model: null,
  effort: null,
  answer: null,
})
const open = () => openLedger(folder, silentLog)
const textsOf = (threadId: string, ancestors: string[] = [], ledger = open()): unknown[] =>
  [...ledger.read(threadId, ancestors).values()].map(({ content }) => content?.[0]?.text)

describe('an entry', () => {
  it('is there for the next process, in a file of the thread that only the user may read', () => {
    open().add('t1', entry('m1', 'one'))
    expect(textsOf('t1')).toEqual(['one'])
    expect(textsOf('t2')).toEqual([])
    const [name = ''] = readdirSync(folder)
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  it('stays as it was first written, whichever process writes it again', () => {
    const [mine, theirs] = [open(), open()]
    mine.read('t1', [])
    expect(theirs.add('t1', entry('m1', 'theirs')).content?.[0]?.text).toBe('theirs')
    expect(mine.add('t1', entry('m1', 'mine')).content?.[0]?.text).toBe('theirs')
    expect(textsOf('t1', [], mine)).toEqual(['theirs'])
  })

  it('is not lost to a line that a crash has cut off', () => {
    open().add('t1', entry('m1', 'one'))
    appendFileSync(join(folder, 't1.jsonl'), '{"messageId":"m2","tur')
    open().add('t1', entry('m3', 'three'))
    expect(textsOf('t1')).toEqual(['one', 'three'])
  })

  it('stays in the folder for any thread id', () => {
    open().add('../../evil', entry('m1', 'one'))
    expect(readdirSync(folder)).toEqual(['______evil.jsonl'])
    expect(textsOf('../../evil')).toEqual(['one'])
  })

  it('is removed when others were used 90 days after its thread', () => {
    const used = (thread: string, daysAgo: number): void => {
      const then = new Date(Date.now() - daysAgo * 24 * 60 * 60 * 1000)
      utimesSync(join(folder, `${thread}.jsonl`), then, then)
    }
    const ledger = open()
    for (const thread of ['old', 'kept', 'recent']) ledger.add(thread, entry('m1', 'one'))
    used('old', 95)
    used('kept', 89)
    used('recent', 1)
    open().add('new', entry('m2', 'two'))
    expect(readdirSync(folder).sort()).toEqual(['kept.jsonl', 'new.jsonl', 'recent.jsonl'])
  })
})

describe('a folder that cannot be written', () => {
  it('is reported, and the run continues with the entries in memory', () => {
    const told: string[] = []
    const ledger = openLedger('/dev/null/ledger', silentLog, (place) => told.push(place))
    expect(ledger.add('t1', entry('m1', 'one')).content?.[0]?.text).toBe('one')
    expect(textsOf('t1', [], ledger)).toEqual(['one'])
    expect(textsOf('t2', ['t1'], ledger)).toEqual(['one'])
    expect(told[0]).toBe('/dev/null/ledger')
  })
})

describe('a thread that was made of another', () => {
  it('has its entries too, its own first, and remembers where it came from', () => {
    open().add('a', entry('m1', 'of a'))
    open().add('b', entry('m1', 'of b'))
    open().add('b', entry('m2', 'second'))
    expect(textsOf('b', ['a'])).toEqual(['of b', 'second'])
    expect(textsOf('c', ['a'])).toEqual(['of a'])
    // For a fork of the fork codex names only `c` as its origin.
    expect(textsOf('d', ['c'])).toEqual(['of a'])
    expect(textsOf('d')).toEqual(['of a'])
  })

  it('writes nothing where there is nothing to remember, and only once where there is', () => {
    const ledger = open()
    ledger.read('b', ['a', 'root'])
    expect(readdirSync(folder)).toEqual([])
    ledger.add('a', entry('m1', 'one'))
    ledger.read('b', ['a'])
    const { size } = statSync(join(folder, 'b.jsonl'))
    ledger.read('b', ['a'])
    open().read('b', ['a'])
    expect(statSync(join(folder, 'b.jsonl')).size).toBe(size)
  })

  it('may be its own ancestor without an end', () => {
    open().add('a', entry('m1', 'one'))
    open().read('b', ['a'])
    appendFileSync(join(folder, 'a.jsonl'), '\n{"ancestor":"b"}\n')
    expect(textsOf('a')).toEqual(['one'])
    expect(textsOf('b')).toEqual(['one'])
  })
})

describe('two processes on one thread', () => {
  it('lose no line of each other', async () => {
    const script = `
      const { openLedger } = await import(${JSON.stringify(new URL('../../dist/prompt/ledger.js', import.meta.url).href)})
      const ledger = openLedger(process.argv[1], { debug() {}, warn() {} })
      const content = [{ type: 'input_text', text: 'x'.repeat(20_000) }]
      for (let n = 0; n < 200; n += 1) ledger.add('t', { messageId: process.argv[2] + n, turnId: 't', content, kinds: [], model: null, effort: null, answer: null })
    `
    const write = (name: string): Promise<number | null> =>
      new Promise((resolve) => {
        const args = ['--input-type=module', '-e', script, folder, name]
        spawn(process.execPath, args, { stdio: 'inherit', cwd: fileURLToPath(new URL('.', import.meta.url)) }).once(
          'close',
          resolve,
        )
      })
    expect(await Promise.all([write('a'), write('b')])).toEqual([0, 0])
    expect(open().read('t', []).size).toBe(400)
  })
})
