import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findProxyHooks } from '../../../src/hooks/proxy-hooks/find-proxy-hooks.js'
import { openProxyHooks, type ProxyHooks } from '../../../src/hooks/proxy-hooks/open-proxy-hooks.js'
import { createPostOutput } from '../../../src/hooks/response/post-output-stage.js'
import { silentLog } from '../../../src/log/log.js'
import type { HeaderList } from '../../../src/request/header-list.js'
import type { JsonObject } from '../../../src/request/request-body.js'
import { formatEvent } from '../../../src/stream/local-response-events.js'
import type { UpstreamResponse } from '../../../src/upstream/upstream.js'
import { drivenStream, type ProxyUnderTest, startProxy } from '../../fixtures/proxy/harness.js'
import { scaled } from '../../time.js'

let root: string
let said: string[]
let hooks: ProxyHooks | undefined
let proxy: ProxyUnderTest | undefined
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-post-output-'))
  said = []
})
afterEach(async () => {
  await Promise.all([hooks?.close(), proxy?.close()])
  hooks = undefined
  proxy = undefined
  rmSync(root, { recursive: true, force: true })
})

type Event = JsonObject & { type: string }
const EVENT_STREAM: HeaderList = [['content-type', 'text/event-stream']]

/** A whole answer with one text in deltas, as the real server streams it. */
function answer(...deltas: string[]): Event[] {
  const text = deltas.join('')
  const place = { item_id: 'i1', output_index: 0, content_index: 0 }
  const part = { type: 'output_text', text }
  const item = { type: 'message', id: 'i1', role: 'assistant', content: [part] }
  const events: Event[] = [
    { type: 'response.created', response: { id: 'r1' } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    ...deltas.map((delta) => ({ type: 'response.output_text.delta', ...place, delta })),
    { type: 'response.output_text.done', ...place, text },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id: 'r1', output: [item] } },
  ]
  return events.map((event, index) => ({ ...event, sequence_number: index }))
}

const stream = (events: readonly Event[]): string => events.map(formatEvent).join('')

/** Opens the hooks of a project and asks for one answer through them; what codex gets. */
async function ask(
  files: Readonly<Record<string, string>>,
  upstream: () => UpstreamResponse,
  metadata: object = {},
): Promise<{ body: string; events: Event[]; whole: boolean; headers: Headers }> {
  for (const [name, source] of Object.entries(files)) {
    const file = join(root, '.claude/hooks', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, source)
  }
  const say = (line: string): void => void said.push(line.replaceAll(root, ''))
  const env = { PATH: process.env.PATH, HOME: join(root, 'home') }
  hooks = await openProxyHooks({
    files: findProxyHooks({ folder: root, env, trusted: () => true }).files,
    folder: root,
    env,
    budgetMs: scaled(2000),
    log: silentLog,
    say,
  })
  const { postOutput } = hooks
  proxy = await startProxy(upstream, {
    reshapes: [createPostOutput({ hooksOf: () => postOutput, log: silentLog, say })],
  })
  const turn = { thread_id: 't', turn_id: 'u', request_kind: 'turn', thread_source: 'user', model: 'm', ...metadata }
  const response = await fetch(`${proxy.base}/v1/responses`, {
    method: 'POST',
    body: '{}',
    headers: { 'x-codex-turn-metadata': JSON.stringify(turn) },
  })
  const parts: Buffer[] = []
  let whole = true
  try {
    for await (const part of response.body ?? []) parts.push(Buffer.from(part))
  } catch {
    whole = false
  }
  const body = Buffer.concat(parts).toString()
  const events = [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Event)
  return { body, events, whole, headers: response.headers }
}

const respond =
  (body: string | Buffer, headers: HeaderList = []) =>
  (): UpstreamResponse => ({
    status: 200,
    statusText: 'OK',
    headers: [...EVENT_STREAM, ...headers],
    body: Readable.from([Buffer.from(body)]),
  })

/** All texts that an answer shows and stores. */
function texts(events: readonly Event[]): { shown: string; stored: string[] } {
  const of = (type: string): Event[] => events.filter((event) => event.type === type)
  const parts = (item: unknown): string =>
    ((item as JsonObject).content as JsonObject[]).map(({ text }) => text).join('')
  return {
    shown: of('response.output_text.delta')
      .map(({ delta }) => delta)
      .join(''),
    stored: [
      ...of('response.output_text.done').map(({ text }) => String(text)),
      ...of('response.content_part.done').map(({ part }) => String((part as JsonObject).text)),
      ...of('response.output_item.done').map(({ item }) => parts(item)),
      ...of('response.completed').flatMap(({ response }) => ((response as JsonObject).output as unknown[]).map(parts)),
    ],
  }
}
const all = (text: string): object => ({ shown: text, stored: [text, text, text, text] })

const UPPER = `export const postOutput = (event) => {
  if (event.type === 'response.output_text.delta') event.delta = event.delta.toUpperCase()
}`
const PYTHON = `import json, sys
for line in sys.stdin:
    event = json.loads(line)
    if event["type"] == "response.output_text.delta":
        event["delta"] = event["delta"].upper()
    print(json.dumps(event), flush=True)
`

describe('without post_output hooks', () => {
  it('an answer passes as it came, to the byte', async () => {
    const sent = `: a comment\r\n${stream(answer('he', 'llo')).replaceAll('\n', '\r\n')}`
    expect((await ask({ 'pre_input.mjs': 'export const preInput = () => {}' }, respond(sent))).body).toBe(sent)
  })
})

describe.each([
  ['a module', { 'post_output.mjs': UPPER }],
  ['a Python filter', { 'post_output.py': PYTHON }],
  ['a shell filter', { 'post_output.sh': `sed -u 's/"delta":"he"/"delta":"HE"/; s/"delta":"llo"/"delta":"LLO"/'\n` }],
])('%s that changes deltas', (_, files) => {
  it.each([
    ['identity', (text: string) => Buffer.from(text), null],
    ['gzip', (text: string) => zlib.gzipSync(text), 'gzip'],
    ['br', (text: string) => zlib.brotliCompressSync(text), 'br'],
  ])('changes what is stored too, in %s', async (_name, encode, encoding) => {
    const headers: HeaderList = encoding ? [['content-encoding', encoding]] : []
    const { events, whole, headers: got } = await ask(files, respond(encode(stream(answer('he', 'llo'))), headers))
    expect(whole).toBe(true)
    expect(got.get('content-encoding')).toBeNull()
    expect(texts(events)).toEqual(all('HELLO'))
    expect(events.map(({ type }) => type)).toEqual(answer('he', 'llo').map(({ type }) => type))
    expect(said).toEqual([])
  })
})

describe('what a hook may do', () => {
  const run = (source: string, events: Event[] = answer('he', 'llo')) =>
    ask({ 'post_output.mjs': source }, respond(stream(events)))

  it('drop events, add some, and tell answers apart by its own state', async () => {
    const { events } = await run(`export async function postOutput(event, { model, state }) {
      state.count = (state.count ?? 0) + 1
      if (event.type === 'response.output_item.added') return null
      if (event.type === 'response.created') return [event, { type: 'note', count: state.count, model }]
    }`)
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'note',
      ...answer('he', 'llo')
        .slice(2)
        .map(({ type }) => type),
    ])
    expect(events[1]).toEqual({ type: 'note', count: 1, model: 'm' })
  })

  it('lengthen the text at its end: the rest is shown before it is stored', async () => {
    const { events } = await run(`export const postOutput = (event) => {
      if (event.type === 'response.output_item.done') event.item.content[0].text += ' (end)'
    }`)
    const { shown, stored } = texts(events)
    expect(shown).toBe('hello (end)')
    expect(stored.slice(2)).toEqual(['hello (end)', 'hello (end)'])
  })

  it('not store what was not shown', async () => {
    const { events } = await run(`export const postOutput = (event) => {
      if (event.type === 'response.output_item.done') event.item.content[0].text = 'something else'
    }`)
    expect(texts(events)).toEqual(all('hello'))
    expect(said).toEqual([expect.stringMatching(/changed a text after it was shown/)])
  })

  it('change an answer that comes without deltas', async () => {
    const item = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'plain' }] }
    const { events } = await run(
      `export const postOutput = (event) => {
        if (event.type === 'response.output_item.done') event.item.content[0].text = 'other'
      }`,
      [
        { type: 'response.output_item.done', output_index: 0, item },
        { type: 'response.completed', response: { id: 'r', output: [item] } },
      ],
    )
    expect(texts(events)).toEqual({ shown: '', stored: ['other', 'other'] })
  })

  it.each([
    ['drop the end', "event.type === 'response.completed' ? null : undefined"],
    ['change it', "event.type === 'response.completed' ? { type: 'response.failed' } : undefined"],
    [
      'give it early',
      "event.type === 'response.created' ? [event, { type: 'response.completed', response: { id: 'x' } }] : undefined",
    ],
  ])('not %s', async (_, expression) => {
    const { events, whole } = await run(`export const postOutput = (event) => ${expression}`)
    expect(whole).toBe(true)
    expect(events.at(-1)).toEqual(answer('he', 'llo').at(-1))
    expect(texts(events)).toEqual(all('hello'))
  })

  it('work in a chain, by file name', async () => {
    const add = (letter: string): string => `export const postOutput = (event) => {
      if (event.type === 'response.output_text.delta') event.delta += '${letter}'
    }`
    const files = { 'post_output-2.mjs': add('b'), 'post_output-1.mjs': add('a'), 'post_output-3.py': PYTHON }
    const { events } = await ask(files, respond(stream(answer('x', 'y'))))
    expect(texts(events)).toEqual(all('XABYAB'))
  })

  it.each([
    ['a title', { thread_source: 'thread_title' }],
    ['a compaction', { request_kind: 'compaction' }],
  ])('not touch %s', async (_, metadata) => {
    const sent = stream(answer('he', 'llo'))
    expect((await ask({ 'post_output.mjs': UPPER }, respond(sent), metadata)).body).toBe(sent)
  })
})

describe('a stream', () => {
  it('arrives event by event, while the model still speaks', async () => {
    const driven = drivenStream()
    const events = answer('he', 'llo')
    driven.push(stream(events.slice(0, 3)))
    setTimeout(() => driven.push(stream(events.slice(3))), 300)
    setTimeout(() => driven.push(null), 310)
    const { events: got } = await ask({ 'post_output.mjs': UPPER }, () => driven.response)
    expect(texts(got)).toEqual(all('HELLO'))
  })

  it.each([
    ['a module', { 'post_output.mjs': UPPER }],
    ['a filter', { 'post_output.py': PYTHON }],
  ])('that breaks off stays broken off: %s', async (_, files) => {
    const { events, whole } = await ask(files, respond(stream(answer('he', 'llo').slice(0, -1))))
    expect(whole).toBe(false)
    expect(events.length).toBeGreaterThan(0)
  })
})

describe('a hook that fails', () => {
  it.each([
    [
      'throws',
      'post_output.mjs',
      "export const postOutput = () => { throw new Error('no') }",
      /failed and was skipped: Error: no/,
    ],
    ['ends the process', 'post_output.mjs', 'export const postOutput = () => process.exit(3)', /ended its thread/],
    [
      'never ends',
      'post_output.mjs',
      'export const postOutput = () => { for (;;); }',
      new RegExp(`longer than ${scaled(2000)} ms`),
    ],
    ['answers nonsense', 'post_output.mjs', 'export const postOutput = () => ({ no: 1 })', /event without a type/],
    [
      'prints nonsense',
      'post_output.sh',
      'read -r line; echo "$line"; echo nonsense; cat',
      /line that is not an event/,
    ],
    ['ends early', 'post_output.sh', 'head -n 3', /ended before the response did/],
    ['fails', 'post_output.sh', 'head -n 3; exit 4', /exit code 4/],
    ['hangs', 'post_output.sh', 'sleep 100', new RegExp(`did not end within ${scaled(2000)} ms`)],
    ['closes its input', 'post_output.sh', 'exec 0<&-; sleep 100', /did not end within|has read nothing/],
  ])('leaves the answer as it was: %s', async (_, name, source, line) => {
    const { events, whole } = await ask({ [name]: source }, respond(stream(answer('he', 'llo'))))
    expect(whole).toBe(true)
    expect(events).toEqual(answer('he', 'llo'))
    expect(said).toEqual([expect.stringMatching(line)])
  })
})
