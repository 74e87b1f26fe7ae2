import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEntries } from '../../src/session/read-entries.js'
import type { AnswerEntry, Written } from '../../src/session/session-entry.js'

const WRITER = fileURLToPath(new URL('../fixtures/session/write.mjs', import.meta.url))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-sessions-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a writer that never ends by itself, and kills it `killAfter` ms after its first entry; resolves with its last number. */
function writeUntilKilled(thread: string, name: string, killAfter: number): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WRITER, folder, thread, name], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (data: Buffer) => {
      if (printed === '') setTimeout(() => child.kill('SIGKILL'), killAfter)
      printed += data.toString()
    })
    child.once('close', () => resolve(Number(printed.split('\n').at(-2) ?? -1)))
  })
}

/** Starts a writer of `count` entries, which waits for `go`. */
async function prepare(thread: string, name: string, count: number): Promise<{ go(): Promise<void> }> {
  const child = spawn(process.execPath, [WRITER, folder, thread, name, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  child.stdout.resume()
  return {
    async go() {
      child.stdin.end()
      await ended
    },
  }
}

/** The numbers that a writer's whole entries have, each checked by its sum. */
function numbersOf(entries: Written[], name: string): number[] {
  return entries
    .filter((entry): entry is Written<AnswerEntry> => entry.type === 'answer' && entry.turn === name)
    .map(({ text, phase }) => {
      expect(createHash('sha1').update(text).digest('hex')).toBe(phase)
      return Number(text.split(' ')[1])
    })
}

describe('a session file', () => {
  it('reads to its last whole entry after each of 100 kills in the middle of a write', async () => {
    for (let round = 0; round < 100; round += 1) {
      // Ten writers follow each other on the same file: one goes on after what the last one left.
      const thread = `thread-${Math.floor(round / 10)}`
      const name = `writer${round}`
      const last = await writeUntilKilled(thread, name, Math.random() * 12)
      const numbers = numbersOf(readEntries(join(folder, `${thread}.jsonl`)), name)
      expect(numbers).toEqual(numbers.map((_, index) => index))
      // What was said to be written is there; one more may be, whose number was not printed any more.
      expect(numbers.length - 1).toBeGreaterThanOrEqual(last)
      expect(numbers.length - 1).toBeLessThanOrEqual(last + 1)
    }
  }, 120_000)

  it('of two processes at once holds every entry of both, whole', async () => {
    const writers = await Promise.all([prepare('shared', 'one', 1000), prepare('shared', 'two', 1000)])
    await Promise.all(writers.map(({ go }) => go()))
    const entries = readEntries(join(folder, 'shared.jsonl'))
    for (const name of ['one', 'two']) expect(numbersOf(entries, name)).toEqual([...Array(1000).keys()])
    const order = entries.map((entry) => (entry.type === 'answer' ? entry.turn : ''))
    const changes = order.filter((name, index) => index > 0 && name !== order[index - 1]).length
    expect(changes).toBeGreaterThan(1)
  }, 60_000)
})
