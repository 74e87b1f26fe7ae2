import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClaudeState, readClaudeState } from '../../src/config/claude-state.js'
import { type SkimChoice, SkimError, skimJson } from '../../src/config/json-skim.js'
import { scaled } from '../time.js'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-state-'))
  file = join(folder, '.claude.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const MB = 1024 * 1024
const state = (): ClaudeState => {
  const read = readClaudeState(file)
  if (read === null || 'problem' in read) throw new Error(read?.problem ?? 'no file')
  return read
}

describe("Claude Code's state", () => {
  it('of a small and of a large file is the same', () => {
    const project = { hasTrustDialogAccepted: true, mcpServers: { s: { command: 'c' } }, disabledMcpjsonServers: ['d'] }
    const small = { projects: { '/p': project }, mcpServers: { 'ü"': { url: 'x\\' } } }
    writeFileSync(file, JSON.stringify(small, null, 2))
    expect(state().values).toEqual(small)
    const named = JSON.stringify(small, null, 2).split('\n')
    expect(state().lineOf(['mcpServers', 'ü"'])).toBe(named.findIndex((line) => line.includes('ü')) + 1)
    const history = Array.from({ length: 400 }, (_, n) => ({ display: `${'\\"{['.repeat(n)}\n`, n: [n, null, true] }))
    const large = {
      history,
      projects: { '/p': { history, ...project, more: { mcpServers: 1 } } },
      mcpServers: small.mcpServers,
      last: 1.5e3,
    }
    writeFileSync(file, JSON.stringify(large, null, 2))
    expect(state().values).toEqual(small)
    const lines = JSON.stringify(large, null, 2).split('\n')
    expect(state().lineOf(['mcpServers', 'ü"'])).toBe(lines.findIndex((line) => line.startsWith('  "mcpServers"')) + 1)
  })

  it('of 200 MB is read once, in bounded time and memory', () => {
    const entry = `${JSON.stringify({ display: 'x'.repeat(5000), pasted: '\\"'.repeat(100) })},`.repeat(200)
    writeFileSync(file, '{"projects":{"/p":{"hasTrustDialogAccepted":true,"history":[')
    for (let size = 0; size < 200 * MB; size += entry.length) appendFileSync(file, entry)
    appendFileSync(file, '0]}},"mcpServers":{"u":{"command":"c"}}}')
    const before = process.memoryUsage().rss
    const begun = performance.now()
    const first = state()
    expect(first.values).toEqual({
      projects: { '/p': { hasTrustDialogAccepted: true } },
      mcpServers: { u: { command: 'c' } },
    })
    expect(performance.now() - begun).toBeLessThan(scaled(20_000))
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MB)
    expect(state()).toBe(first)
  })

  it('is read in UTF-16, small or large', () => {
    for (const size of [1, MB]) {
      const text = JSON.stringify({ history: 'x'.repeat(size), mcpServers: { u: { command: 'c' } } })
      writeFileSync(file, Buffer.from(`\ufeff${text}`, 'utf16le'))
      expect(state().values.mcpServers).toEqual({ u: { command: 'c' } })
    }
  })

  it('is read again when the file has changed', () => {
    writeFileSync(file, '{"mcpServers":{"a":{}}}')
    expect(state().values.mcpServers).toEqual({ a: {} })
    writeFileSync(file, '{"mcpServers":{"b":{}}}')
    utimesSync(file, 1, 1)
    expect(state().values.mcpServers).toEqual({ b: {} })
    rmSync(file)
    expect(readClaudeState(file)).toBeNull()
  })

  it.each([
    ['{"a":1,\n}', ':2: not valid JSON'],
    ['[1]', 'expected a JSON object'],
    [`{"a":"${'x'.repeat(MB)}",\n"mcpServers":{\n"a" 1}}`, 'not valid JSON'],
    [`{"a":"${'x'.repeat(MB)}`, ':1: not valid JSON'],
    [`{"a":"${'x'.repeat(MB)}"} {}`, ':1: not valid JSON'],
    [`{"a":\n"${'x'.repeat(MB)}", "b":}`, ':2: not valid JSON'],
  ])('that is broken is named, with its line', (text, problem) => {
    writeFileSync(file, text)
    expect(readClaudeState(file)).toEqual({ problem: expect.stringContaining(problem) })
  })
})

describe('skimming', () => {
  /** Parts end everywhere in these: a text is moved in front of the boundary by a string of that length. */
  it('finds what JSON.parse finds, wherever a part ends', () => {
    const choose = (path: readonly string[]): SkimChoice =>
      path[0] === 'keep' ? 'keep' : path[0] === 'enter' && path.length === 1 ? 'enter' : 'skip'
    fc.assert(
      fc.property(fc.json(), fc.json(), fc.nat(60), fc.nat(2), (skipped, kept, shift, indent) => {
        const text = `{"skip":${skipped},"pad":"${'x'.repeat(MB - shift - skipped.length)}","keep":${kept},"enter":{"k":${kept}}}`
        const spaced = JSON.stringify(JSON.parse(text), null, indent)
        for (const each of [text, spaced]) {
          writeFileSync(file, each)
          expect(skimJson(file, choose).values).toEqual({ keep: JSON.parse(kept), enter: {} })
        }
      }),
      { numRuns: 40 },
    )
  })

  it('never hangs, and throws nothing else, on what is cut', () => {
    const text = '{"a":[1,{"b":"\\\\\\""}],"keep":{"c":[true,null]},"d":-1.5e3}'
    for (let length = 0; length < text.length; length += 1) {
      writeFileSync(file, text.slice(0, length))
      expect(() => skimJson(file, ([key]) => (key === 'keep' ? 'keep' : 'skip'))).toThrow(SkimError)
    }
  })
})
