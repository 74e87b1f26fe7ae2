import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCommandStage } from '../../src/commands/command-stage.js'
import type { Expansion } from '../../src/commands/expansion.js'
import { silentLog } from '../../src/log/log.js'
import { openLedger } from '../../src/prompt/ledger.js'
import type { LocalAnswer, ProxyRequest, Stage } from '../../src/proxy/exchange.js'
import { type JsonObject, RequestBody } from '../../src/request/request-body.js'

let folder: string
let stage: Stage
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-aside-'))
  const local: Expansion = {
    outcome: 'local',
    command: null,
    args: '',
    text: [],
    attachments: [],
    message: 'noon',
    aside: true,
    by: { name: 'clock', path: null },
  }
  stage = createCommandStage({
    ledger: openLedger(folder, silentLog),
    log: silentLog,
    commandsOf: async () => ({
      dialect: 'auto',
      expand: async () => local,
      answersLocally: (name) => name === 'clock',
    }),
    choose: async () => null,
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const user = (id: string, text: string, turn: string): JsonObject => ({
  type: 'message',
  id,
  role: 'user',
  content: [{ type: 'input_text', text }],
  internal_chat_message_metadata_passthrough: { turn_id: turn, content_item_kinds: ['user.text'] },
})
const assistant = (text: string): JsonObject => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
})
const call = { type: 'custom_tool_call', id: 'c', call_id: 'call', name: 'exec', input: 'x' }
const output = { type: 'custom_tool_call_output', call_id: 'call', output: 'y' }

/** What the stage makes of a request: its answer, or the input that goes on. */
async function rewrite(
  input: JsonObject[],
  turn = 't1',
  source = 'user',
): Promise<{ answer: LocalAnswer | null; input: unknown }> {
  const metadata = {
    thread_id: 'thread',
    session_id: 'thread',
    turn_id: turn,
    request_kind: 'turn',
    thread_source: source,
  }
  const body = new RequestBody(Buffer.from(JSON.stringify({ model: 'm', input })), null)
  const request: ProxyRequest = {
    method: 'POST',
    path: '/responses',
    headers: [['x-codex-turn-metadata', JSON.stringify(metadata)]],
    body,
    signal: new AbortController().signal,
    note: () => {},
  }
  const answer = await stage.rewrite(request)
  return { answer, input: (await body.json()).input }
}

describe('a command that is answered here', () => {
  it('and earlier turns are sent without it', async () => {
    const first = user('a', '/clock', 't1')
    expect((await rewrite([first])).answer).toEqual({ text: 'noon' })
    const next = user('b', 'go on', 't2')
    expect(await rewrite([first, assistant('noon'), next], 't2')).toEqual({ answer: null, input: [next] })
  })

  it('typed into a turn that works on something else: that turn continues, its calls still paired', async () => {
    const [task, steer] = [user('a', 'work', 't1'), user('b', '/clock', 't1')]
    expect((await rewrite([task, call, output, steer])).answer).toEqual({ text: 'noon', continueTurn: true })
    const after = await rewrite([task, call, output, steer, assistant('noon')])
    expect(after).toEqual({ answer: null, input: [task, call, output] })
  })

  it('needs no title of the model', async () => {
    const asked = (prompt: string) =>
      rewrite([user('a', `Generate a title.\n\nUser prompt:\n${prompt}`, 't1')], 't1', 'thread_title')
    expect((await asked('/clock now')).answer).toEqual({ text: '{"title":"/clock"}' })
    expect((await asked('/other')).answer).toBeNull()
    expect((await asked('what is /clock?')).answer).toBeNull()
  })
})
