import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/body.js'
import { type Reply, type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let screen: Screen | null

beforeEach(async () => {
  screen = null
  upstream = await startScriptedUpstream((_n, { body }) => answer(body))
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
  lab.write('.claude/commands/now.md', '---\nallowed-tools: Bash\n---\nnow !`date +%N; echo x >> ran.txt` $1\n')
})
afterEach(async () => {
  await screen?.close()
  lab.remove()
  await upstream.close()
})

function answer(body: JsonObject): Reply {
  const input = body.input as JsonObject[]
  if (input.at(-1)?.type === 'compaction_trigger') return [{ type: 'compaction', encrypted_content: 'COMPACTED' }]
  return [says('the answer')]
}

/** The user's texts of every request that holds some, in order. */
const sent = (): string[][] => upstream.turns.map(({ body }) => findUserTexts(body).map(({ text }) => text))
const EXPANDED = /^now \d{9} please\n$/

describe('a rewrite is remembered', () => {
  it('by a fork of the thread', async () => {
    await lab.run(CODEX_PLUS, ['exec', '/now please'])
    const [name = ''] = readdirSync(join(lab.codexHome, 'sessions'), { recursive: true })
      .map(String)
      .filter((path) => path.endsWith('.jsonl'))
    const [id = ''] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(name) ?? []
    const forked = await lab.run(CODEX_PLUS, ['exec', 'fork', id, 'and then'])
    expect(forked.code).toBe(0)
    expect(sent()[0]?.[0]).toMatch(EXPANDED)
    expect(sent()[1]).toEqual([sent()[0]?.[0], 'and then'])
    expect(readFileSync(join(lab.project, 'ran.txt'), 'utf8')).toBe('x\n')
  })

  it('by a compaction, and by what comes after it', async () => {
    screen = openScreen(lab, CODEX_PLUS, ['/now please'])
    await screen.waitFor(/the answer[\s\S]*Worked for/)
    await screen.type('/compact')
    screen.send('\r')
    await screen.waitFor(/compacted/i)
    await screen.type('go on')
    screen.send('\r')
    await expect.poll(() => sent().some((texts) => texts.includes('go on')), { timeout: 15_000 }).toBe(true)
    // The request for a title holds the raw words, as the user typed them; it is codex's own.
    const turns = upstream.turns.filter(
      ({ headers }) => !String(headers['x-codex-turn-metadata']).includes('thread_title'),
    )
    const texts = turns.map(({ body }) => findUserTexts(body).map(({ text }) => text))
    const compaction = turns.findIndex(({ body }) => (body.input as JsonObject[]).at(-1)?.type === 'compaction_trigger')
    expect(texts[0]?.[0]).toMatch(EXPANDED)
    expect(texts[compaction]?.[0]).toBe(texts[0]?.[0])
    for (const row of texts.slice(compaction + 1)) {
      for (const text of row) expect(text).not.toContain('/now')
    }
    expect(readFileSync(join(lab.project, 'ran.txt'), 'utf8')).toBe('x\n')
  })
})
