import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import type { Stage } from '../../src/proxy/exchange.js'
import { encode } from '../../src/request/encoding.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { readEntries } from '../../src/session/read-entries.js'
import { createRecorder, type Recorder } from '../../src/session/recorder.js'
import type { Written } from '../../src/session/session-entry.js'
import { openStore } from '../../src/session/session-store.js'
import { formatEvent, messageEvents } from '../../src/stream/local-response-events.js'
import type { UpstreamResponse } from '../../src/upstream/upstream.js'
import { exchange } from '../fixtures/proxy/client.js'
import { type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'

let folder: string
let recorder: Recorder
let proxy: ProxyUnderTest
let answer: () => UpstreamResponse
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-record-'))
  answer = () => respond(200, [['content-type', 'text/event-stream']], messageEvents('r', 'hello'))
})
afterEach(async () => {
  await proxy.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(...stages: Stage[]): Promise<void> {
  const store = openStore({ folder, fileLimit: 1e6, log: silentLog })
  recorder = createRecorder({
    store,
    projectOf: () => '/p',
    version: '1',
    secrets: ['environment-credential'],
    log: silentLog,
  })
  proxy = await startProxy(() => answer(), { stages, observers: [recorder.observer] })
}

const said = (id: string, turn: string, text: string): JsonObject => ({
  type: 'message',
  role: 'user',
  id,
  content: [{ type: 'input_text', text }],
  internal_chat_message_metadata_passthrough: { turn_id: turn, content_item_kinds: ['user.text'] },
})
const gave = (call: string, turn: string, output: unknown): JsonObject => ({
  type: 'custom_tool_call_output',
  call_id: call,
  output,
  internal_chat_message_metadata_passthrough: { turn_id: turn },
})

/** Sends a request as codex would; `encoding` is its content-encoding. */
async function send(metadata: JsonObject, input: JsonObject[], encoding = 'identity'): Promise<void> {
  const body = await encode(Buffer.from(JSON.stringify({ model: 'm', input })), encoding)
  const headers = {
    'content-type': 'application/json',
    'x-codex-turn-metadata': JSON.stringify({ thread_source: 'user', request_kind: 'turn', model: 'm', ...metadata }),
    authorization: 'Bearer credential-of-the-request',
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  }
  await exchange(proxy.port, 'POST', proxy.target('/responses'), headers, body)
  await recorder.flush()
}
const entries = (thread: string): Written[] => readEntries(join(folder, `${thread}.jsonl`))
const ofType = <Type extends Written['type']>(thread: string, type: Type): Array<Extract<Written, { type: Type }>> =>
  entries(thread).filter((entry): entry is Extract<Written, { type: Type }> => entry.type === type)

describe('the recorder', () => {
  it('of a long answer that is cut off keeps what an entry may hold, and how long it was', async () => {
    const delta = (text: string): string => formatEvent({ type: 'response.output_text.delta', delta: text })
    answer = () => respond(200, [['content-type', 'text/event-stream']], delta('x'.repeat(1000)).repeat(3000))
    await start()
    await send({ thread_id: 'a', turn_id: 't1' }, [said('m1', 't1', 'go on')]).catch(() => {})
    await recorder.flush()
    const [cut] = ofType('a', 'answer')
    expect(cut?.partial).toBe(true)
    expect(cut?.text).toBe(`${'x'.repeat(256 * 1024)}\n[${3_000_000 - 256 * 1024} more characters]`)
  })

  it.each(['identity', 'zstd', 'gzip'])('of a turn in %s writes each prompt and result once', async (encoding) => {
    await start()
    const turn = { thread_id: 'a', turn_id: 't1' }
    await send(turn, [said('m0', 't0', 'of an earlier turn'), said('m1', 't1', 'first')], encoding)
    await send(turn, [said('m1', 't1', 'first'), gave('c1', 't1', [{ type: 'input_text', text: 'out 1' }])], encoding)
    const steered = said('m2', 't1', 'steered')
    await send(
      turn,
      [said('m1', 't1', 'first'), gave('c1', 't1', 'out 1'), steered, gave('c2', 't1', 'out 2')],
      encoding,
    )
    expect(ofType('a', 'prompt').map(({ typed }) => typed)).toEqual(['first', 'steered'])
    expect(ofType('a', 'result').map(({ call, output }) => [call, output])).toEqual([
      ['c1', 'out 1'],
      ['c2', 'out 2'],
    ])
    expect(ofType('a', 'answer')).toHaveLength(3)
    expect(ofType('a', 'run')).toHaveLength(1)
  })

  it('tells what was sent instead of what was typed', async () => {
    await start({
      name: 'rewriter',
      async rewrite(request) {
        const text = (await request.body.text()).toString('utf8')
        request.body.replace(Buffer.from(text.replace('/cmd', 'the whole command')))
        return null
      },
    })
    await send({ thread_id: 'a', turn_id: 't' }, [said('m1', 't', 'before'), said('m2', 't', '/cmd')])
    expect(ofType('a', 'prompt').map(({ typed, sent }) => [typed, sent])).toEqual([
      ['before', null],
      ['/cmd', 'the whole command'],
    ])
    expect(Object.keys(ofType('a', 'request')[0]?.steps ?? {})).toEqual([
      'read',
      'rewriter',
      'address',
      'send',
      'forward',
    ])
  })

  it.each([
    ['title', { thread_source: 'thread_title' }],
    ['system', { thread_source: 'system' }],
    ['subagent', { thread_source: 'subagent', subagent_kind: 'thread_spawn', parent_thread_id: 'root' }],
    ['review', { thread_source: 'subagent', subagent_kind: 'review', parent_thread_id: 'root' }],
    ['review', { thread_source: 'guardian_review', subagent_kind: 'guardian', parent_thread_id: 'root' }],
  ])('marks a thread of kind %s: %j', async (kind, metadata) => {
    await start()
    await send({ thread_id: 'side', turn_id: 't', ...metadata }, [said('m', 't', 'made by codex')])
    const parent = 'parent_thread_id' in metadata ? 'root' : null
    expect(ofType('side', 'run')[0]).toMatchObject({ kind, parent })
    expect(recorder.summary()).toMatchObject({ threadId: null, turns: 0, requests: { user: 0, other: 1 } })
  })

  it('marks a compaction in its thread', async () => {
    await start()
    await send({ thread_id: 'a', turn_id: 't1' }, [said('m1', 't1', 'first')])
    await send({ thread_id: 'a', turn_id: 't2', request_kind: 'compaction' }, [said('m1', 't1', 'first')])
    expect(ofType('a', 'request').map(({ kind }) => kind)).toEqual(['turn', 'compaction'])
    expect(ofType('a', 'prompt')).toHaveLength(1)
    expect(recorder.summary()).toMatchObject({ threadId: 'a', turns: 1, model: 'm', requests: { user: 2, other: 0 } })
  })

  it('names every kind of tool, and cuts what is endless', async () => {
    await start()
    const item = (value: JsonObject): string => formatEvent({ type: 'response.output_item.done', item: value })
    const calls = [
      { type: 'function_call', call_id: '1', name: 'exec_command', arguments: '{"cmd":"ls"}' },
      { type: 'function_call', call_id: '2', name: 'find', namespace: 'mcp__docs', arguments: '{}' },
      { type: 'custom_tool_call', call_id: '3', name: 'exec', input: 'x'.repeat(100_000) },
      { type: 'web_search_call', id: '4', action: { type: 'search', query: 'weather' } },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'thinking' }], encrypted_content: 'SECRETBLOB' },
    ]
    const end = formatEvent({ type: 'response.completed', response: { id: 'r' } })
    answer = () => respond(200, [['content-type', 'text/event-stream']], [...calls.map(item), end].join(''))
    await send({ thread_id: 'a', turn_id: 't' }, [said('m', 't', 'go')])
    expect(ofType('a', 'call').map(({ name }) => name)).toEqual([
      'exec_command',
      'mcp__docs__find',
      'exec',
      'web_search',
    ])
    expect(ofType('a', 'call')[2]?.input).toMatch(/x\n\[67232 more characters\]$/)
    expect(ofType('a', 'call')[3]?.input).toBe('{"type":"search","query":"weather"}')
    expect(ofType('a', 'reasoning')[0]?.text).toBe('thinking')
    expect(readFileSync(join(folder, 'a.jsonl'), 'utf8')).not.toContain('SECRETBLOB')
  })

  it('keeps why a request failed, and hooks', async () => {
    await start()
    answer = () => {
      throw new Error('nobody there; Bearer abcdefghijklmnop')
    }
    await send({ thread_id: 'a', turn_id: 't' }, [said('m', 't', 'go')])
    expect(ofType('a', 'request')[0]).toMatchObject({ status: null, end: 'failed' })
    expect(ofType('a', 'request')[0]?.error).toContain('nobody there; Bearer [redacted]')
    const outcome = {
      blocked: true,
      reason: 'not on Sundays',
      decision: 'deny' as const,
      updatedInput: null,
      additionalContext: [],
      systemMessages: [],
      continue: true,
      stopReason: null,
      runs: [{ command: './check.sh', source: 's', exitCode: 2, ms: 12.345, outcome: 'blocked' as const }],
    }
    recorder.hookRan({ threadId: 'a', turnId: 't' }, 'PreToolUse', outcome)
    await recorder.flush()
    expect(ofType('a', 'hook')[0]).toMatchObject({
      event: 'PreToolUse',
      blocked: true,
      reason: 'not on Sundays',
      runs: [{ command: './check.sh', outcome: 'blocked', ms: 12.3 }],
    })
  })

  it('leaves out the credentials in use, whatever they look like', async () => {
    await start()
    const text = 'credential-of-the-request environment-credential'
    await send({ thread_id: 'a', turn_id: 't' }, [said('m', 't', text), gave('c', 't', text)])
    expect(ofType('a', 'prompt')[0]?.typed).toBe('[redacted] [redacted]')
    expect(ofType('a', 'result')[0]?.output).toBe('[redacted] [redacted]')
  })

  it('writes nothing of a request that belongs to no thread, nor of other paths', async () => {
    await start()
    const body = JSON.stringify({ input: [said('m', 't', 'go')] })
    await exchange(proxy.port, 'POST', proxy.target('/responses'), {}, body)
    await exchange(proxy.port, 'GET', proxy.target('/models'), {
      'x-codex-turn-metadata': '{"thread_id":"a","turn_id":"t"}',
    })
    await exchange(proxy.port, 'POST', proxy.target('/responses'), { 'x-codex-turn-metadata': 'no json' }, body)
    await recorder.flush()
    expect(readdirSync(folder)).toEqual([])
  })

  it('sums up without a store as well', async () => {
    recorder = createRecorder({ store: null, projectOf: () => '/p', version: '1', secrets: [], log: silentLog })
    proxy = await startProxy(() => answer(), { observers: [recorder.observer] })
    const usage = { input_tokens: 5, output_tokens: 3 }
    const done = formatEvent({ type: 'response.completed', response: { id: 'r', model: 'm2', usage } })
    answer = () => respond(200, [['content-type', 'text/event-stream']], done)
    await send({ thread_id: 'a', turn_id: 't' }, [said('m', 't', 'go')])
    await send({ thread_id: 'b', turn_id: 't2', thread_source: 'thread_title' }, [])
    expect(recorder.summary()).toMatchObject({
      threadId: 'a',
      turns: 1,
      requests: { user: 1, other: 1 },
      tokens: { input: 10, cached: 0, output: 6, reasoning: 0, total: 16 },
    })
    expect(readdirSync(folder)).toEqual([])
  })
})
