import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CreateFrame, readFrame } from '../../../src/proxy/socket/frame.js'
import { type Chain, createChain } from '../../../src/proxy/socket/request-chain.js'
import { type InputItem, itemOf } from '../../../src/request/input-item.js'
import type { JsonObject } from '../../../src/request/request-body.js'
import type { RequestParts } from '../../../src/request/request-parts.js'

/** What happens to a thread, step by step. */
type Step =
  | { readonly kind: 'turn'; readonly text: string; readonly rewrite: boolean }
  | { readonly kind: 'steer'; readonly text: string }
  | { readonly kind: 'tool'; readonly output: string }
  | { readonly kind: 'local'; readonly text: string; readonly aside: boolean; readonly goOn: boolean }
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'stageModel'; readonly model: string | null }
  | { readonly kind: 'late'; readonly back: number }
  | { readonly kind: 'cut'; readonly back: number }
  | { readonly kind: 'insert'; readonly back: number }
  | { readonly kind: 'compact' }
  | { readonly kind: 'socketLost' }
  | { readonly kind: 'serverForgot' }
  | { readonly kind: 'answerFailed' }
  | { readonly kind: 'answerChanged' }
  | { readonly kind: 'answerDropped' }

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('/go', '"],"input":[', '\\', '{"type":"x"}', '\ud800'),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turn' as const), text, rewrite: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('steer' as const), text }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tool' as const), output: text }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('local' as const), text, aside: fc.boolean(), goOn: fc.boolean() }),
  },
  fc.record({ kind: fc.constant('model' as const), model: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('stageModel' as const), model: fc.constantFrom('c', null) }),
  fc.record({ kind: fc.constantFrom('late' as const, 'cut' as const, 'insert' as const), back: fc.nat(12) }),
  fc.constantFrom<Step>(
    { kind: 'compact' },
    { kind: 'socketLost' },
    { kind: 'serverForgot' },
    { kind: 'answerFailed' },
    { kind: 'answerChanged' },
    { kind: 'answerDropped' },
  ),
)

/** A thread with both ends played by the simplest thing that keeps codex's rules (websocket section 1.4). */
class World {
  chain: Chain = createChain()
  /** codex: its items, the response it chains on, and the model of its last request. */
  items: JsonObject[] = []
  last: { id: string; model: string } | null = null
  model = 'a'
  /** The server: what it holds under its last response. */
  held: { id: string; items: string[] } | null = null
  /** The stages: items that are replaced, cut or followed by another, by their id. */
  readonly rewrites = new Map<string, InputItem>()
  readonly cuts = new Set<string>()
  readonly inserts = new Map<string, InputItem>()
  stageModel: string | null = null
  #count = 0

  next(): string {
    this.#count += 1
    return String(this.#count)
  }

  user(text: string): JsonObject {
    return { type: 'message', id: `msg_${this.next()}`, role: 'user', content: [{ type: 'input_text', text }] }
  }

  newSocket(): void {
    this.chain = createChain()
    this.last = null
    this.held = null
  }

  /** What the stages make of a list of items, told of one item at a time as they are by a ledger. */
  stages(items: readonly InputItem[]): InputItem[] {
    return items.flatMap((item) => {
      const id = item.id ?? ''
      const inserted = this.inserts.get(id)
      const own = this.cuts.has(id) ? [] : [this.rewrites.get(id) ?? item]
      return inserted ? [...own, inserted] : own
    })
  }

  members(): JsonObject {
    return { model: this.model, stream: true, input: [], client_metadata: { n: this.next() } }
  }

  frame(whole: boolean): CreateFrame {
    const chained = !whole && this.last !== null && this.last.model === this.model
    const known = chained ? (this.last as unknown as { length: number }).length : 0
    const value = {
      type: 'response.create',
      ...this.members(),
      ...(chained && { previous_response_id: this.last?.id }),
      input: this.items.slice(known),
    }
    const read = readFrame(Buffer.from(JSON.stringify(value)))
    if (typeof read === 'string') throw new Error(`codex's own frame was read as ${read}`)
    return read
  }

  after(came: RequestParts): RequestParts {
    const items = this.stages(came.items ?? [])
    const same = items.length === came.items?.length && items.every((item, index) => item === came.items?.[index])
    const model = this.stageModel
    return {
      items: same ? came.items : items,
      members:
        model === null ? came.members : new Map([...came.members, ['model', Buffer.from(JSON.stringify(model))]]),
    }
  }

  /** One request of codex, resent as a whole on a new socket where it is told to; then `answer` comes. */
  request(answer: 'said' | 'changed' | 'dropped' | 'failed', forgot = false): void {
    let frame = this.frame(false)
    if (forgot && this.held) this.held = { id: 'gone', items: [] }
    let came = this.chain.expand(frame)
    let leaves = came && this.after(came)
    let sending = came && leaves ? this.chain.plan(frame, { came, leaves }) : { why: 'unknown' }
    if ('why' in sending || this.refused(sending.bytes)) {
      this.newSocket()
      frame = this.frame(true)
      came = this.chain.expand(frame)
      leaves = came && this.after(came)
      sending = came && leaves ? this.chain.plan(frame, { came, leaves }) : { why: 'unknown' }
    }
    if ('why' in sending || came === null || leaves === null) throw new Error('a whole history was refused')
    this.receive(sending.bytes, frame, sending.sent)
    // The heart: what the server holds now is what a POST would have sent.
    const posted = this.after({ members: new Map(), items: this.items.map(itemOf) }).items ?? []
    expect(this.held?.items).toEqual(posted.map(({ bytes }) => bytes.toString()))
    const id = `resp_${this.next()}`
    if (answer === 'failed') {
      this.chain.failed()
      this.held = null
      this.newSocket()
      return
    }
    const said = { type: 'message', id: `out_${this.next()}`, role: 'assistant', content: [] as JsonObject[] }
    const heard = answer === 'changed' ? { ...said, content: [{ type: 'output_text', text: 'other' }] } : said
    const got = answer === 'dropped' ? [] : [heard]
    this.held = { id, items: [...(this.held?.items ?? []), JSON.stringify(said)] }
    this.items.push(...got)
    this.heard(id)
    this.chain.completed({ came, leaves }, id, got.map(itemOf), answer === 'said')
  }

  heard(id: string): void {
    this.last = Object.assign({ id, model: this.model }, { length: this.items.length })
  }

  local(aside: boolean): void {
    const frame = this.frame(false)
    const came = this.chain.expand(frame)
    // Without the history codex sends everything, and is answered then.
    if (came === null) throw new Error('codex chained on a response that nobody gave it')
    const item = { type: 'message', role: 'assistant', id: `local_${this.next()}`, content: [] }
    if (aside) {
      this.cuts.add(String(this.items.at(-1)?.id))
      this.cuts.add(item.id)
    }
    const id = `resp_local_${this.next()}`
    this.items.push(item)
    this.heard(id)
    this.chain.answeredLocally(came, id, itemOf(item))
  }

  private refused(bytes: Buffer): boolean {
    const { previous_response_id: previous } = JSON.parse(bytes.toString()) as JsonObject
    return previous !== undefined && this.held?.id !== previous
  }

  private receive(bytes: Buffer, frame: CreateFrame, sent: string): void {
    const value = JSON.parse(bytes.toString()) as JsonObject
    const input = (value.input as JsonObject[]).map((item) => JSON.stringify(item))
    expect(value.type).toBe('response.create')
    expect(value.model).toBe(this.stageModel ?? this.model)
    expect(value.client_metadata).toEqual(JSON.parse(frame.members.get('client_metadata')?.toString() ?? ''))
    if (sent === 'as it came') expect(bytes).toBe(frame.bytes)
    if (sent !== 'delta' && frame.previous === null) expect(value.previous_response_id).toBeUndefined()
    const before = value.previous_response_id === undefined ? [] : (this.held?.items ?? [])
    this.held = { id: 'under way', items: [...before, ...input] }
  }

  take(step: Step): void {
    const at = (back: number): string => String(this.items.at(-1 - back)?.id ?? '')
    switch (step.kind) {
      case 'turn': {
        const item = this.user(step.text)
        this.items.push(item)
        if (step.rewrite) this.rewrites.set(String(item.id), itemOf({ ...item, rewritten: true }))
        this.request('said')
        break
      }
      case 'steer':
        this.items.push(this.user(step.text), this.user(step.text))
        this.request('said')
        break
      case 'tool':
        this.items.push({ type: 'function_call_output', id: `fco_${this.next()}`, output: step.output })
        this.request('said')
        break
      case 'local':
        this.items.push(this.user(step.text))
        this.local(step.aside)
        if (step.goOn) this.request('said')
        break
      case 'model':
        this.model = step.model
        break
      case 'stageModel':
        this.stageModel = step.model
        break
      case 'late':
        this.rewrites.set(at(step.back), itemOf({ id: at(step.back), late: true }))
        break
      case 'cut':
        this.cuts.add(at(step.back))
        break
      case 'insert':
        this.inserts.set(at(step.back), itemOf({ type: 'message', inserted: this.next() }))
        break
      case 'compact':
        this.items = [{ type: 'compaction', id: `cmp_${this.next()}` }]
        this.last = null
        break
      case 'socketLost':
        this.newSocket()
        break
      case 'serverForgot':
        this.request('said', true)
        break
      case 'answerFailed':
        this.request('failed')
        break
      case 'answerChanged':
        this.request('changed')
        break
      case 'answerDropped':
        this.request('dropped')
        break
    }
  }
}

describe('what the server holds', () => {
  it('is what a POST would have sent, whatever happens to a thread', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const world = new World()
        world.request('said')
        for (const one of steps) world.take(one)
        world.request('said')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a frame', () => {
  const world = (): World => {
    const made = new World()
    made.request('said')
    return made
  }

  it('that nothing changed is sent as the bytes that came, also after an old item was rewritten', () => {
    const { chain } = createFrames()
    const first = frameOf({ input: [item('m1')] })
    const came = chain.expand(first) as RequestParts
    const leaves = { ...came, items: [itemOf({ id: 'm1', rewritten: true })] }
    expect(chain.plan(first, { came, leaves })).toMatchObject({ sent: 'whole' })
    chain.completed({ came, leaves }, 'r1', [itemOf(item('o1'))], true)
    const second = frameOf({ previous_response_id: 'r1', input: [item('t1')] })
    const next = chain.expand(second) as RequestParts
    const rewritten = { ...next, items: [leaves.items[0] as InputItem, ...(next.items ?? []).slice(1)] }
    expect(chain.plan(second, { came: next, leaves: rewritten })).toEqual({ sent: 'as it came', bytes: second.bytes })
  })

  it('that follows a response nobody gave is not expanded', () => {
    const { chain } = world()
    expect(chain.expand(frameOf({ previous_response_id: 'resp_x', input: [] }))).toBeNull()
  })

  it('may follow only the last responses', () => {
    const chain = createChain()
    const came = chain.expand(frameOf({ input: [] })) as RequestParts
    for (let n = 0; n < 10; n += 1) chain.completed({ came, leaves: came }, `r${n}`, [], true)
    expect(chain.expand(frameOf({ previous_response_id: 'r0', input: [] }))).toBeNull()
    expect(chain.expand(frameOf({ previous_response_id: 'r9', input: [] }))).not.toBeNull()
  })
})

function createFrames(): { chain: Chain } {
  return { chain: createChain() }
}

function item(id: string): JsonObject {
  return { type: 'message', id }
}

function frameOf(members: JsonObject): CreateFrame {
  return readFrame(Buffer.from(JSON.stringify({ type: 'response.create', model: 'm', ...members }))) as CreateFrame
}
