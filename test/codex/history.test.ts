import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import {
  type Reply,
  type ScriptedUpstream,
  type SeenRequest,
  says,
  sse,
  startScriptedUpstream,
} from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let screen: Screen | null
let script: (request: SeenRequest, n: number) => Reply

beforeEach(async () => {
  screen = null
  script = ({ body }) => answer(body)
  upstream = await startScriptedUpstream((n, request) => script(request, n))
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

/** The ids of all threads that codex has written down. */
function threads(): string[] {
  const names = readdirSync(join(lab.codexHome, 'sessions'), { recursive: true }).map(String)
  return names.flatMap((name) => (name.endsWith('.jsonl') ? (/[0-9a-f]{8}-[0-9a-f-]{27}/.exec(name) ?? []) : []))
}

/** The class of a request, as codex tells it. */
const turnOf = ({ headers }: SeenRequest): Record<string, string> =>
  JSON.parse(String(headers['x-codex-turn-metadata'])) as Record<string, string>

describe('a rewrite is remembered', () => {
  it('by a sub-agent that inherits the history', async () => {
    const agents = (): SeenRequest[] => upstream.turns.filter((request) => turnOf(request).thread_source === 'subagent')
    script = ({ headers }, n) => {
      if (headers['x-openai-subagent'] !== undefined) return [says('from the sub-agent')]
      // codex ends its sub-agents with the turn: it goes on once the sub-agent has asked.
      if (n > 0) {
        return async (response) => {
          await expect.poll(() => agents().length, { timeout: scaled(20_000) }).toBeGreaterThan(0)
          response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse(`resp_${n}`, [says('the answer')]))
        }
      }
      const args = JSON.stringify({ task_name: 'look', message: 'look around', fork_turns: 'all' })
      return [
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'call_1',
          namespace: 'collaboration',
          name: 'spawn_agent',
          arguments: args,
        },
      ]
    }
    const result = await lab.run(CODEX_PLUS, ['exec', '/now please'])
    expect(result.code).toBe(0)
    expect(agents().length).toBeGreaterThan(0)
    const expanded = sent()[0]?.[0]
    expect(expanded).toMatch(EXPANDED)
    for (const { body } of agents()) expect(findUserTexts(body)[0]?.text).toBe(expanded)
    expect(readFileSync(join(lab.project, 'ran.txt'), 'utf8')).toBe('x\n')
  })

  it('by a fork of the thread', async () => {
    await lab.run(CODEX_PLUS, ['exec', '/now please'])
    const [id = ''] = threads()
    const forked = await lab.run(CODEX_PLUS, ['exec', 'fork', id, 'and then'])
    expect(forked.code).toBe(0)
    expect(sent()[0]?.[0]).toMatch(EXPANDED)
    expect(sent()[1]).toEqual([sent()[0]?.[0], 'and then'])
    expect(readFileSync(join(lab.project, 'ran.txt'), 'utf8')).toBe('x\n')
  })

  it('by a fork of a fork', async () => {
    await lab.run(CODEX_PLUS, ['exec', '/now please'])
    const [first = ''] = threads()
    await lab.run(CODEX_PLUS, ['exec', 'fork', first, 'second'])
    const second = threads().find((id) => id !== first) ?? ''
    await lab.run(CODEX_PLUS, ['exec', 'fork', second, 'third'])
    expect(sent()[2]).toEqual([sent()[0]?.[0], 'second', 'third'])
    expect(sent()[0]?.[0]).toMatch(EXPANDED)
  })

  it('by a compaction, and by what comes after it', LOST_KEYS, async () => {
    screen = openScreen(lab, CODEX_PLUS, ['/now please'])
    await screen.waitFor(/the answer[\s\S]*Worked for/)
    await screen.enter('/compact')
    await screen.waitFor(/compacted/i)
    await screen.enter('go on')
    await expect.poll(() => sent().some((texts) => texts.includes('go on')), { timeout: scaled(20000) }).toBe(true)
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
