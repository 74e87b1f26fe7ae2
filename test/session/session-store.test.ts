import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Log, silentLog } from '../../src/log/log.js'
import { readEntries } from '../../src/session/read-entries.js'
import type { SessionEntry } from '../../src/session/session-entry.js'
import { openStore } from '../../src/session/session-store.js'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'codex-plus-store-')), 'sessions')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const says = (text: string): SessionEntry => ({
  type: 'answer',
  turn: 't',
  text,
  phase: null,
  local: false,
  partial: false,
})
const open = (log: Log = silentLog, fileLimit = 1e6) => openStore({ folder, fileLimit, log })
const texts = (thread: string): string[] =>
  readEntries(join(folder, `${thread}.jsonl`)).map((entry) => (entry.type === 'answer' ? entry.text : entry.type))

describe('the store', () => {
  it('makes nothing before the first entry, then a private folder and file', () => {
    const store = open()
    expect(existsSync(folder)).toBe(false)
    store.append('a', says('one'))
    store.close()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(store.file('a')).mode & 0o777).toBe(0o600)
    expect(texts('a')).toEqual(['one'])
  })

  it('a line that was cut anywhere is skipped alone, and lines appended later are read', () => {
    const store = open()
    store.append('a', says('one'))
    store.append('a', says('zwei ä'))
    const file = store.file('a')
    const whole = readFileSync(file)
    const last = whole.lastIndexOf('\n', whole.length - 2)
    for (let length = last + 1; length < whole.length - 1; length += 1) {
      writeFileSync(file, whole)
      truncateSync(file, length)
      expect(texts('a')).toEqual(['one'])
      store.append('a', says('three'))
      expect(texts('a')).toEqual(['one', 'three'])
    }
    store.close()
  })

  it('redacts credentials: by their form, by their name, and those in use', () => {
    const store = open()
    store.append('a', says('Bearer abcdefghijklmnop sk-0123456789abcdef and opaque-credential-1'), [
      'opaque-credential-1',
    ])
    store.close()
    const text = readFileSync(store.file('a'), 'utf8')
    expect(text).not.toMatch(/abcdefghijklmnop|0123456789abcdef|opaque-credential-1/)
    expect(texts('a')[0]).toBe('Bearer [redacted] [redacted key] and [redacted]')
  })

  it('stops at its limit, with one line in the log, and keeps what it has', () => {
    const lines: string[] = []
    const store = open({ ...silentLog, warn: (event) => void lines.push(event) }, 400)
    for (let index = 0; index < 10; index += 1) store.append('a', says(`entry ${index}`))
    store.append('b', says('another thread'))
    store.close()
    expect(lines).toEqual(['session.full'])
    expect(texts('a').length).toBeGreaterThan(1)
    expect(texts('a').length).toBeLessThan(10)
    expect(texts('b')).toEqual(['another thread'])
  })

  it('of more threads than it keeps open loses none', () => {
    const store = open()
    for (let round = 0; round < 3; round += 1)
      for (let thread = 0; thread < 40; thread += 1) store.append(`t${thread}`, says(`round ${round}`))
    store.close()
    for (let thread = 0; thread < 40; thread += 1)
      expect(texts(`t${thread}`)).toEqual(['round 0', 'round 1', 'round 2'])
  })

  it('writes no path that a thread id could smuggle in', () => {
    const store = open()
    store.append('../../evil', says('x'))
    store.close()
    expect(store.file('../../evil')).toBe(join(folder, '______evil.jsonl'))
    expect(existsSync(store.file('../../evil'))).toBe(true)
  })

  it('where nothing can be written says so in the log and throws nothing', () => {
    writeFileSync(folder, 'a file where the folder should be')
    const lines: string[] = []
    const log: Log = { ...silentLog, warn: (event) => void lines.push(event) }
    const store = openStore({ folder, fileLimit: 1e6, log, onNotice: (line) => void lines.push(line) })
    store.append('a', says('one'))
    store.sync('a')
    store.close()
    expect(lines).toEqual([
      'session.write',
      `${folder} cannot be written (EEXIST): this session is not recorded completely.`,
    ])
  })
})
