import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import { ageReference, removeOldFiles } from '../../src/log/prune-old-files.js'
import { openLedger } from '../../src/prompt/ledger.js'
import { findSessions } from '../../src/session/find-sessions.js'
import { loadSession } from '../../src/session/load-session.js'
import { checkEntry } from '../../src/session/session-entry-schema.js'
import { CODEX_PLUS } from '../codex/lab.js'
import { useScene } from '../codex/scene.js'

const DAY = 24 * 60 * 60 * 1000
const scene = useScene()

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-damaged-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a bad line in a session file', () => {
  it('of any shape costs itself: the list, the thread and its export are there', async () => {
    expect((await scene.run('exec', 'the first question')).code).toBe(0)
    const sessions = join(scene.lab.home, '.local/state/codex-plus/sessions')
    const [name = ''] = readdirSync(sessions).filter((file) => file.endsWith('.jsonl'))
    const file = join(sessions, name)
    const whole = readFileSync(file, 'utf8')
    const lines = whole.split('\n').filter((line) => line !== '')
    // What codex-plus writes has the shape that it reads.
    for (const line of lines) expect(checkEntry(JSON.parse(line))).not.toBeNull()
    const thread = name.replace('.jsonl', '')
    const odd: unknown[] = [undefined, null, 0, '', [], {}, { toString: 1 }, 'x']
    for (const line of lines) {
      const entry = JSON.parse(line) as Record<string, unknown>
      for (const key of Object.keys(entry)) {
        for (const value of odd) {
          writeFileSync(file, `${whole}${JSON.stringify({ ...entry, [key]: value })}\n`)
          expect(findSessions(sessions, { limit: 10 })).toHaveLength(1)
          expect(loadSession(sessions, thread).title).toBe('the first question')
        }
      }
    }
    for (const junk of ['null', '[]', '1', '"x"', '{', '{"at":1}', '{"at":"2026-01-01","type":"request"}']) {
      writeFileSync(file, `${junk}\n${whole}${junk}\n`)
      for (const args of [['list'], ['list', 'first'], ['show', 'last'], ['export', 'last']]) {
        const shown = await scene.lab.run(CODEX_PLUS, ['sessions', ...args])
        expect(shown).toMatchObject({ code: 0 })
        expect(shown.stdout).toContain('the first question')
      }
    }
  }, 300_000)
})

describe('a bad line in the ledger', () => {
  const good = {
    messageId: 'm',
    turnId: 't',
    content: [{ type: 'input_text', text: 'good' }],
    kinds: ['user.text'],
    model: null,
    effort: null,
    answer: null,
  }

  it('is none: the next good one for its message counts', () => {
    const ledger = openLedger(folder, silentLog)
    ledger.add('a', { ...good, messageId: 'first' })
    const [name = ''] = readdirSync(folder)
    for (const key of Object.keys(good)) {
      for (const value of [undefined, 1, {}, [1], true]) {
        const bad = JSON.stringify({ ...good, [key]: value })
        writeFileSync(join(folder, name), `\n${bad}\n\n{"ancestor":1}\n\n${JSON.stringify(good)}\n`)
        const entry = openLedger(folder, silentLog).read('a', []).get('m')
        expect(entry?.content).toEqual(good.content)
      }
    }
  })
})

describe('a clock that is wrong', () => {
  const now = Date.UTC(2026, 11, 1)
  it('far ahead, or far back, removes nothing; one that is right removes what is old', () => {
    const used = [now - 2 * DAY, now - 50 * DAY, now - 200 * DAY]
    expect(ageReference(used, now)).toBe(now - 2 * DAY)
    expect(ageReference([...used, now + 400 * DAY], now)).toBe(now - 2 * DAY)
    // The run with the wrong clock has written a file itself.
    expect(ageReference([...used, now + 400 * DAY], now + 400 * DAY)).toBeNull()
    expect(ageReference(used, now - 400 * DAY)).toBeNull()
    expect(ageReference([], now)).toBeNull()
  })

  it.each([
    [0, ['new', 'newer']],
    [400, ['ancient', 'new', 'newer', 'written']],
    [-400, ['ancient', 'new', 'newer']],
  ])('by %i days: what is left is %j', (days, left) => {
    const at = now + days * DAY
    const make = (name: string, time: number): void => {
      writeFileSync(join(folder, name), '')
      utimesSync(join(folder, name), time / 1000, time / 1000)
    }
    make('new', now - 3 * DAY)
    make('newer', now - 2 * DAY)
    make('ancient', now - 300 * DAY)
    if (days > 0) make('written', at)
    removeOldFiles(folder, 90, silentLog, at)
    expect(readdirSync(folder).sort()).toEqual(left)
  })

  it('folders go whole, and a folder that is not there is no failure', () => {
    mkdirSync(join(folder, 'session/inner'), { recursive: true })
    writeFileSync(join(folder, 'other'), '')
    utimesSync(join(folder, 'session'), (now - 90 * DAY) / 1000, (now - 90 * DAY) / 1000)
    utimesSync(join(folder, 'other'), (now - DAY) / 1000, (now - DAY) / 1000)
    removeOldFiles(folder, 14, silentLog, now)
    removeOldFiles(join(folder, 'nowhere'), 14, silentLog, now)
    expect(readdirSync(folder)).toEqual(['other'])
  })
})
