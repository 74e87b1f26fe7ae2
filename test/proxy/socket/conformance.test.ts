import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createCommandStage } from '../../../src/commands/command-stage.js'
import type { Expansion } from '../../../src/commands/expansion.js'
import { createPreInputStage, type PreInputHook } from '../../../src/hooks/request/pre-input-stage.js'
import { silentLog } from '../../../src/log/log.js'
import { openLedger } from '../../../src/prompt/ledger.js'
import type { AppParts } from '../../../src/proxy/app.js'
import type { StreamedAnswer } from '../../../src/proxy/exchange.js'
import type { JsonObject } from '../../../src/request/request-body.js'
import type { EventFlow } from '../../../src/stream/event-flow.js'
import { createNativeUpstream } from '../../../src/upstream/native-upstream.js'
import type { ProxyUnderTest } from '../../fixtures/proxy/harness.js'
import { startProxy } from '../../fixtures/proxy/harness.js'
import { connectSocket, create, type SocketClient, startSocketProxy, user } from '../../fixtures/proxy/socket-client.js'
import { says } from '../../fixtures/upstream/scripted.js'
import { type SocketUpstream, startSocketUpstream } from '../../fixtures/upstream/socket-upstream.js'

/** One thing that happens in a thread; ids and turns are the same by either carrier. */
type Act =
  | { readonly say: string }
  | { readonly steer: string }
  | { readonly tool: string }
  | { readonly model: string }
  | { readonly dropped: true }
  | { readonly compact: true }
  | { readonly interrupted: true }

const closing: Array<() => Promise<void> | void> = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** What commands, hooks and modules do in this thread, by the text of a prompt. */
function parts(): Partial<AppParts> {
  const folder = mkdtempSync(join(tmpdir(), 'codex-plus-conformance-'))
  closing.push(() => rmSync(folder, { recursive: true, force: true }))
  const base = { command: null, args: '', text: [], attachments: [], message: null }
  const expansions: Record<string, Expansion> = {
    '/go': { ...base, outcome: 'prompt', text: ['expanded', 'and more'] },
    '/strong': { ...base, outcome: 'prompt', text: ['strong words'], command: { name: 'strong' } as never },
    '/status': { ...base, outcome: 'local', message: 'all well', aside: true },
    '/shared': { ...base, outcome: 'local', message: 'for all' },
  }
  const hook: PreInputHook = {
    path: 'hook',
    async run({ prompt, request }) {
      if (prompt === 'block me') return { block: 'blocked' }
      if (prompt === 'words') return { prompt: 'other words' }
      if (prompt === 'member') return { request: { ...request, top_p: 0.5 } }
      if (prompt === 'older') {
        const input = request.input as JsonObject[]
        return {
          request: { ...request, input: input.map((item) => (item.id === 'u1' ? { ...item, older: true } : item)) },
        }
      }
      if (prompt === 'insert') {
        return {
          request: {
            ...request,
            input: [...(request.input as JsonObject[]), { type: 'message', role: 'developer', content: [] }],
          },
        }
      }
      return {}
    },
  }
  const common = { onError: 'open', log: silentLog, say: () => {} } as const
  return {
    stages: [
      createCommandStage({
        ledger: openLedger(join(folder, 'ledger'), silentLog),
        log: silentLog,
        commandsOf: async () => ({
          dialect: 'auto',
          expand: async (prompt) => expansions[prompt] ?? { ...base, outcome: 'passthrough' },
        }),
        choose: async ({ name }) => (name === 'strong' ? { model: 'strong-model', effort: null } : null),
      }),
      createPreInputStage({
        ...common,
        hooksOf: async () => ({ hooks: [hook], broken: [] }),
        ledger: openLedger(join(folder, 'pre'), silentLog),
      }),
    ],
    reshapes: [(_, answer) => loud(answer)],
  }
}

async function* loud(answer: StreamedAnswer): EventFlow {
  for await (const { type, data } of answer.events() ?? []) yield { type, data: data.replaceAll('quiet', 'LOUD') }
}

/** The model's answer depends on the request alone, so that both carriers get the same. */
function reply(full: JsonObject[]): JsonObject[] {
  const last = JSON.stringify(full.at(-1))
  if (last.includes('tool please'))
    return [{ type: 'function_call', id: 'fc', call_id: 'c', name: 'x', arguments: '{}' }]
  return [{ ...says(last.includes('quietly') ? 'quiet words' : `answer to ${full.length}`), id: `out_${full.length}` }]
}

/** codex: it keeps its items, chains where it may, and sends everything where it is told to. */
class Thread {
  items: JsonObject[] = []
  model = 'm'
  #turn = 0
  #count = 0
  #chain: { id: string; length: number; model: string } | null = null
  #client: SocketClient | null = null

  constructor(
    readonly proxy: ProxyUnderTest,
    readonly carrier: 'ws' | 'http',
  ) {}

  async act(act: Act): Promise<void> {
    this.#count += 1
    const turn = (): string => `turn-${this.#turn}`
    if ('model' in act) this.model = act.model
    else if ('dropped' in act) this.#client?.socket.terminate()
    else if ('compact' in act) {
      this.items = [{ type: 'compaction', id: `cmp_${this.#count}`, encrypted_content: 'x' }]
      this.#chain = null
    } else if ('interrupted' in act) this.#chain = null
    else if ('tool' in act) {
      this.items.push({ type: 'function_call_output', id: `fco_${this.#count}`, call_id: 'c', output: act.tool })
      await this.request(turn())
    } else if ('steer' in act) {
      this.items.push(user(`u${this.#count}`, act.steer, turn()))
      await this.request(turn())
    } else {
      this.#turn += 1
      this.items.push(user(`u${this.#count}`, act.say, turn()))
      await this.request(turn())
    }
  }

  async request(turn: string): Promise<void> {
    const events = this.carrier === 'http' ? await this.post(turn) : await this.frames(turn)
    const items = events
      .filter(({ type }) => type === 'response.output_item.done')
      .map(({ item }) => item as JsonObject)
    this.items.push(...items)
    const { response } = events.at(-1) as { response: { id: string; end_turn?: boolean } }
    this.#chain = { id: response.id, length: this.items.length, model: this.model }
    if (response.end_turn === false) await this.request(turn)
  }

  async post(turn: string): Promise<JsonObject[]> {
    const { type: _type, ...body } = create(this.items, { model: this.model }, { turn_id: turn })
    const { client_metadata: metadata } = body as { client_metadata: Record<string, string> }
    const response = await fetch(`${this.proxy.base}/v1/responses`, {
      method: 'POST',
      headers: metadata,
      body: JSON.stringify(body),
    })
    const text = await response.text()
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as JsonObject)
  }

  async frames(turn: string): Promise<JsonObject[]> {
    if (this.#client?.socket.readyState !== 1) {
      this.#client = await connectSocket(this.proxy)
      this.#chain = null
    }
    const client = this.#client
    const chain = this.#chain?.model === this.model ? this.#chain : null
    const from = client.received.length
    const more = { model: this.model, ...(chain && { previous_response_id: chain.id }) }
    const end = await client.ask(create(this.items.slice(chain?.length ?? 0), more, { turn_id: turn }))
    if (end.json?.type === 'error') {
      expect(end.json).toMatchObject({ error: { code: 'previous_response_not_found' } })
      expect(chain).not.toBeNull()
      client.socket.terminate()
      this.#client = null
      return await this.frames(turn)
    }
    return client.received.slice(from).map(({ json }) => json as JsonObject)
  }
}

async function run(
  carrier: 'ws' | 'http',
  acts: readonly Act[],
): Promise<{ upstream: SocketUpstream; items: JsonObject[] }> {
  const upstream = await startSocketUpstream((_, { full }) => reply(full))
  closing.push(() => upstream.close())
  const native = createNativeUpstream({ env: {}, log: silentLog })
  const proxy =
    carrier === 'ws'
      ? await startSocketProxy(upstream.url, parts())
      : await startProxy((request) => native.send({ ...request, url: new URL(`${upstream.url}/responses`) }), parts())
  closing.push(() => proxy.close())
  const thread = new Thread(proxy, carrier)
  for (const act of acts) await thread.act(act)
  return { upstream, items: thread.items }
}

describe('a thread by POST and by WebSocket', () => {
  const scripts: Array<[name: string, acts: Act[]]> = [
    ['plain turns and tools', [{ say: 'a' }, { say: 'tool please' }, { tool: '1' }, { say: 'b' }]],
    [
      'a command, tools and plain turns behind it',
      [{ say: '/go' }, { tool: '1' }, { tool: '2' }, { say: 'b' }, { say: '/go' }],
    ],
    ['a command that chooses a model', [{ say: 'a' }, { say: '/strong' }, { tool: '1' }, { say: 'b' }, { say: 'c' }]],
    [
      'asides, first and between',
      [{ say: '/status' }, { say: 'a' }, { say: '/status' }, { say: '/status' }, { tool: 'x' }, { say: 'b' }],
    ],
    ['shared answers', [{ say: '/shared' }, { say: 'a' }, { say: '/shared' }, { say: 'b' }]],
    [
      'a command typed into a turn',
      [{ say: 'tool please' }, { steer: '/status' }, { tool: '1' }, { steer: 'hurry' }, { say: 'b' }],
    ],
    ['words changed by a hook', [{ say: 'words' }, { tool: '1' }, { say: 'b' }]],
    ['a member changed by a hook', [{ say: 'a' }, { say: 'member' }, { tool: '1' }, { say: 'b' }]],
    ['an older item changed by a hook', [{ say: 'a' }, { say: 'b' }, { say: 'older' }, { tool: '1' }, { say: 'c' }]],
    ['an item inserted by a hook', [{ say: 'a' }, { say: 'insert' }, { tool: '1' }, { say: 'c' }]],
    ['a blocked prompt', [{ say: 'a' }, { say: 'block me' }, { say: 'c' }]],
    ['an answer changed by a hook', [{ say: 'a' }, { say: 'quietly' }, { say: 'c' }, { say: 'd' }]],
    [
      'lost sockets',
      [{ say: '/go' }, { dropped: true }, { tool: '1' }, { say: '/status' }, { dropped: true }, { say: 'b' }],
    ],
    [
      'a model change',
      [{ say: '/go' }, { model: 'n' }, { say: 'b' }, { model: 'm' }, { say: '/strong' }, { say: 'c' }],
    ],
    ['a compaction', [{ say: '/go' }, { say: '/status' }, { compact: true }, { say: 'b' }, { tool: '1' }]],
    [
      'Esc',
      [{ say: '/go' }, { interrupted: true }, { say: 'b' }, { interrupted: true }, { say: '/status' }, { say: 'c' }],
    ],
  ]

  it.each(scripts)('%s: the server is asked the same', async (_name, acts) => {
    const [post, socket] = await Promise.all([run('http', acts), run('ws', acts)])
    expect(socket.upstream.turns.every(({ via }) => via === 'ws')).toBe(true)
    expect(socket.upstream.turns.map(({ full }) => full)).toEqual(post.upstream.turns.map(({ full }) => full))
    const members = ({ body }: { body: JsonObject }): JsonObject => {
      const { input, type, previous_response_id, client_metadata, ...rest } = body
      return rest
    }
    expect(socket.upstream.turns.map(members)).toEqual(post.upstream.turns.map(members))
    expect(socket.items).toEqual(post.items)
  })

  it('costs no whole history where nothing forbids a chain', async () => {
    const { upstream } = await run('ws', [
      { say: '/go' },
      { tool: '1' },
      { say: '/status' },
      { say: '/shared' },
      { say: 'words' },
      { tool: '2' },
    ])
    expect(upstream.turns.slice(1).every(({ body }) => body.previous_response_id !== undefined)).toBe(true)
    expect(upstream.sockets).toHaveLength(1)
  })
})
