import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { CodexPlusError } from '../../../src/errors.js'
import type { AppParts } from '../../../src/proxy/app.js'
import type { LocalAnswer, Stage, StreamedAnswer } from '../../../src/proxy/exchange.js'
import { itemOf } from '../../../src/request/input-item.js'
import type { JsonObject } from '../../../src/request/request-body.js'
import type { EventFlow } from '../../../src/stream/event-flow.js'
import type { ProxyUnderTest } from '../../fixtures/proxy/harness.js'
import {
  connectSocket,
  create,
  type Received,
  type Refused,
  type SocketClient,
  startSocketProxy,
  user,
} from '../../fixtures/proxy/socket-client.js'
import { says } from '../../fixtures/upstream/scripted.js'
import {
  type FrameReply,
  type SeenTurn,
  type SocketUpstream,
  type SocketUpstreamOptions,
  startSocketUpstream,
  type TurnReply,
} from '../../fixtures/upstream/socket-upstream.js'

let server: SocketUpstream
let proxy: ProxyUnderTest
afterEach(async () => {
  await Promise.all([proxy?.close(), server?.close()])
})

async function start(
  script: (n: number, turn: SeenTurn) => TurnReply = (n) => [says(`answer ${n}`)],
  parts: Partial<AppParts> = {},
  options: SocketUpstreamOptions = {},
): Promise<SocketClient> {
  server = await startSocketUpstream(script, options)
  proxy = await startSocketProxy(server.url, parts)
  return await connectSocket(proxy)
}

const stage = (rewrite: Stage['rewrite'], name = 'test'): Stage => ({ name, rewrite })
const untouched = stage(async () => null)
const texts = (turn: SeenTurn | undefined): string[] => (turn?.full ?? []).map((item) => JSON.stringify(item))
const untilOpen = async (count: number): Promise<void> => {
  while (server.closes.length < count) await sleep(5)
}

function idOf({ json }: Received): unknown {
  return (json?.response as JsonObject | undefined)?.id
}

describe('what nothing changes', () => {
  const frames = [
    '{"type":"response.create","model":"m","input":[ { "a" : 1.0e3 } ],\n\t"odd":"\\ud800 ü €","client_metadata":{}}',
    `{"input":[{"text":"${'x'.repeat(100_000)}"}],"type":"response.create"}`,
    '{"type":"response.interrupt","response_id":"resp_1","mode":"discard_partial_items"}',
    '{"type":"something.new","stream_id":7}',
    'no JSON at all',
    '',
    '[1,2',
  ]

  it.each([
    ['with stages that look at it', { stages: [untouched] }],
    ['without any part that looks at it', {}],
    ['with observers', { observers: [{ event: () => {} }] }],
  ])('leaves byte for byte, both ways and in order, %s', async (_name, parts) => {
    const client = await start(() => [], parts)
    server.sockets[0]?.removeAllListeners('message')
    const sent: Array<[string, boolean]> = []
    let requests = 0
    server.sockets[0]?.on('message', (raw: Buffer, binary) => {
      sent.push([raw.toString('latin1'), binary])
      if (!raw.includes('response.create')) return
      requests += 1
      server.sockets[0]?.send(`{"type":"response.completed","response":{"id":"r${requests}"}}`)
    })
    for (const frame of frames) client.send(frame)
    client.socket.send(Buffer.from([0, 255, 1]), { binary: true })
    while (sent.length < frames.length + 1) await sleep(5)
    expect(sent).toEqual([
      ...frames.map((text) => [Buffer.from(text).toString('latin1'), false]),
      ['\u0000\u00ff\u0001', true],
    ])

    await client.until(({ raw }) => raw.includes('"r2"'))
    const from = client.received.length
    const events = ['{"type":"response.created"}', ' { "type" : "codex.rate_limits" , "n" : 1.50 } ', 'plain', '']
    for (const event of events) server.sockets[0]?.send(event)
    server.sockets[0]?.send(Buffer.from([9]), { binary: true })
    await client.until(({ binary }) => binary, from)
    expect(client.received.slice(from).map(({ raw }) => raw.toString())).toEqual([...events, '\t'])
  })

  it('comes in the pieces codex takes, however long it is', async () => {
    const long = JSON.stringify({ type: 'response.output_text.delta', delta: 'y'.repeat(33_000_000) })
    const client = await start(() => (reply) => {
      reply.socket.send(long)
      reply.complete([])
    })
    const sizes = frameSizes(client)
    await client.ask(create([user('m1', 'hi')]))
    expect(client.received[0]?.raw.toString()).toBe(long)
    expect(Math.max(...sizes())).toBeLessThan(16 * 1024 * 1024)
  })

  it('is compressed towards a server that takes it, and not on this machine', async () => {
    const client = await start(() => [says('x'.repeat(5000))], { stages: [untouched] }, { deflate: true })
    expect(client.socket.extensions).toBe('')
    expect(server.sockets[0]?.extensions).toBe('permessage-deflate')
    await client.ask(create([user('m1', 'x'.repeat(5000))]))
    expect(texts(server.turns[0])).toEqual([JSON.stringify(user('m1', 'x'.repeat(5000)))])
  })

  it('passes the headers of the 101 that codex reads, and none of the connection', async () => {
    const headers = ['x-models-etag: "abc"', 'openai-model: gpt-x', 'set-cookie: a=b', 'x-reasoning-included: true']
    const client = await start(undefined, { stages: [untouched] }, { headers })
    expect(client.headers).toMatchObject({
      'x-models-etag': '"abc"',
      'openai-model': 'gpt-x',
      'x-reasoning-included': 'true',
    })
    expect(client.headers['set-cookie']).toBeUndefined()
  })
})

/** The payload sizes of the frames a client's connection gets. */
function frameSizes(client: SocketClient): () => number[] {
  const { _receiver: receiver } = client.socket as unknown as {
    _receiver: { getData(callback: unknown): void } & object
  }
  const sizes: number[] = []
  const getData = receiver.getData.bind(receiver)
  let last = -1
  receiver.getData = (callback) => {
    const { _payloadLength: length } = receiver as unknown as { _payloadLength: number }
    if (length !== last) sizes.push(length)
    last = length
    getData(callback)
  }
  return () => sizes
}

describe('a chained request', () => {
  it('is whole to the stages, and only what is new goes up', async () => {
    const seen: JsonObject[] = []
    const headers: string[] = []
    const look = stage(async (request) => {
      seen.push(await request.body.json())
      headers.push(...request.headers.map(([name]) => name))
      return null
    })
    const client = await start(undefined, { stages: [look] })
    const first = await client.ask(create([user('m1', 'one')]))
    await client.ask(create([user('m2', 'two')], { previous_response_id: idOf(first) }))
    expect(seen[1]?.input).toEqual([user('m1', 'one'), says('answer 0'), user('m2', 'two')])
    expect(Object.keys(seen[1] ?? {})).toEqual(['model', 'stream', 'input', 'store', 'client_metadata'])
    expect(server.turns[1]?.body.input).toEqual([user('m2', 'two')])
    expect(headers).toContain('x-codex-turn-metadata')
    expect(headers).not.toContain('sec-websocket-key')
  })

  it('that a stage rewrites is sent as what the server does not hold yet', async () => {
    const rewrite = stage(async ({ body }) => {
      const parts = await body.parts()
      if (parts?.items) {
        body.edit({
          ...parts,
          items: parts.items.map((item) => (item.id === 'm1' ? itemOf({ id: 'm1', new: 1 }) : item)),
        })
      }
      return null
    })
    const client = await start(undefined, { stages: [rewrite] })
    await client.ask(create([user('m1', 'one')]))
    await client.ask(create([user('m2', 'two')], { previous_response_id: 'resp_1' }))
    expect(texts(server.turns[1])).toEqual(
      [{ id: 'm1', new: 1 }, says('answer 0'), user('m2', 'two')].map((v) => JSON.stringify(v)),
    )
    expect(server.turns[1]?.body.input).toHaveLength(1)
  })

  it('after an answer of a stage goes up with what only codex and the stage know', async () => {
    const local = stage(async ({ body }): Promise<LocalAnswer | null> => {
      const items = (await body.parts())?.items ?? []
      return items.at(-1)?.id === 'm2' ? { text: 'from here' } : null
    })
    const client = await start(undefined, { stages: [local] })
    await client.ask(create([user('m1', 'one')]))
    const end = await client.ask(create([user('m2', '/x')], { previous_response_id: 'resp_1' }))
    const id = idOf(end)
    expect(String(id)).toMatch(/^resp_local_/)
    expect(server.turns).toHaveLength(1)
    await client.ask(create([user('m3', 'three')], { previous_response_id: id }))
    expect(server.turns[1]?.body.previous_response_id).toBe('resp_1')
    expect(server.turns[1]?.full).toEqual([
      user('m1', 'one'),
      says('answer 0'),
      user('m2', '/x'),
      says('from here'),
      user('m3', 'three'),
    ])
  })

  it('that nothing can be added to is asked for again as a whole, once, and counts once', async () => {
    let model = 'other'
    const choose = stage(async ({ body, note }) => {
      const parts = await body.parts()
      note?.('chosen', { model })
      if (parts)
        body.edit({ ...parts, members: new Map([...parts.members, ['model', Buffer.from(JSON.stringify(model))]]) })
      return null
    })
    const told: unknown[] = []
    const observer = {
      note: (_request: unknown, event: string, fields: object) =>
        void (event === 'upstream' || told.push([event, fields])),
      withdrawn: () => void told.push('withdrawn'),
      ended: () => void told.push('ended'),
    }
    const client = await start(undefined, { stages: [choose], observers: [observer] })
    await client.ask(create([user('m1', 'one')]))
    model = 'again'
    const refused = await client.ask(create([user('m2', 'two')], { previous_response_id: 'resp_1' }))
    expect(refused.json).toMatchObject({ type: 'error', status: 400, error: { code: 'previous_response_not_found' } })
    const again = await connectSocket(proxy)
    await again.ask(create([user('m1', 'one'), says('answer 0'), user('m2', 'two')]))
    expect(server.turns[1]?.body).toMatchObject({ model: 'again' })
    expect(server.turns[1]?.body.previous_response_id).toBeUndefined()
    const why = { why: 'the request differs in more than its items' }
    expect(told).toEqual([
      ['chosen', { model: 'other' }],
      'ended',
      ['chosen', { model: 'again' }],
      'withdrawn',
      ['chosen', { model: 'again' }],
      ['chosen', { model: 'again' }],
      ['ws.whole', why],
      'ended',
    ])
  })

  it('that follows a response of another socket is asked for again as a whole', async () => {
    const client = await start(undefined, { stages: [untouched] })
    const refused = await client.ask(create([user('m2', 'two')], { previous_response_id: 'resp_9' }))
    expect(refused.json).toMatchObject({ error: { code: 'previous_response_not_found' } })
    expect(server.turns).toHaveLength(0)
  })
})

describe('while a response runs', () => {
  it('other frames of codex pass at once', async () => {
    const client = await start(
      () => (reply) => {
        reply.send({ type: 'response.created', response: { id: reply.id } })
        reply.socket.on('message', () => reply.complete([says('interrupted')]))
      },
      { stages: [untouched] },
    )
    client.send(create([user('m1', 'one')]))
    await client.until(({ json }) => json?.type === 'response.created')
    client.send({ type: 'response.interrupt', response_id: 'resp_1', mode: 'discard_partial_items' })
    await client.until(({ json }) => json?.type === 'response.completed')
    expect(server.others).toEqual([
      '{"type":"response.interrupt","response_id":"resp_1","mode":"discard_partial_items"}',
    ])
  })

  it('another request waits for its end, and nothing passes one that a stage works on', async () => {
    let release = (): void => {}
    const slow = stage(async ({ body }) => {
      if ((await body.text()).includes('"m1"')) await new Promise<void>((resolve) => (release = resolve))
      return null
    })
    const client = await start(undefined, { stages: [slow] })
    client.send(create([user('m1', 'one')]))
    client.send('{"type":"other"}')
    client.send(create([user('m2', 'two')]))
    await sleep(50)
    expect([server.turns.length, server.others.length]).toEqual([0, 0])
    release()
    await client.until(({ raw }) => raw.includes('answer 1'))
    expect(server.turns.map((turn) => turn.body.input)).toEqual([[user('m1', 'one')], [user('m2', 'two')]])
    expect(server.others).toEqual(['{"type":"other"}'])
  })
})

async function* replaced(answer: StreamedAnswer, from: string, to: string): EventFlow {
  for await (const { type, data } of answer.events() ?? []) yield { type, data: data.replaceAll(from, to) }
}

describe('a reshaped response', () => {
  const shout = {
    stages: [untouched],
    reshapes: [(_: unknown, answer: StreamedAnswer) => replaced(answer, 'answer', 'ANSWER')],
  }

  it('is what codex gets and goes on from: the next request is sent as a whole', async () => {
    const client = await start(undefined, shout)
    await client.ask(create([user('m1', 'one')]))
    expect(client.received.map(({ raw }) => raw.toString()).join()).toContain('ANSWER 0')
    const refused = await client.ask(create([user('m2', 'two')], { previous_response_id: 'resp_1' }))
    expect(refused.json).toMatchObject({ error: { code: 'previous_response_not_found' } })
  })

  it('that is only written differently does not break the chain', async () => {
    async function* spaced(answer: StreamedAnswer): EventFlow {
      for await (const { type, data } of answer.events() ?? [])
        yield { type, data: JSON.stringify(JSON.parse(data), null, 1) }
    }
    const client = await start(undefined, { stages: [untouched], reshapes: [(_, answer) => spaced(answer)] })
    await client.ask(create([user('m1', 'one')]))
    await client.ask(create([user('m2', 'two')], { previous_response_id: 'resp_1' }))
    expect(server.turns[1]?.body.input).toEqual([user('m2', 'two')])
  })

  it('arrives whole though the server hangs up behind it', async () => {
    async function* slowly(answer: StreamedAnswer): EventFlow {
      for await (const event of answer.events() ?? []) {
        await sleep(30)
        yield event
      }
    }
    const client = await start(
      () => (reply) => {
        reply.complete([says('all of it')])
        reply.send({ type: 'codex.rate_limits' })
        reply.socket.close(1001)
      },
      { stages: [untouched], reshapes: [(_, answer) => slowly(answer)] },
    )
    client.send(create([user('m1', 'one')]))
    expect(await client.closed).toBe(1001)
    expect(client.received.map(({ json }) => json?.type)).toEqual([
      'response.output_item.done',
      'response.completed',
      'codex.rate_limits',
    ])
  })

  it.each([
    ['with a status ends the request', { type: 'error', status: 400, error: { code: 'previous_response_not_found' } }],
  ])('an error %s, and is none of its events', async (_name, error) => {
    const seen: string[] = []
    const ends: unknown[] = []
    const watched = (_: unknown, answer: StreamedAnswer): EventFlow => replaced(answer, 'x', 'x')
    const client = await start(() => (reply) => reply.send(error), {
      stages: [untouched],
      reshapes: [watched],
      observers: [
        { event: (_, { type }) => void seen.push(type), ended: (_, end) => void ends.push({ ...end, ms: 0 }) },
      ],
    })
    expect((await client.ask(create([user('m1', 'one')]))).json).toEqual(error)
    expect(seen).toEqual(['error'])
    expect(ends).toEqual([{ status: 400, ms: 0, body: 'complete' }])
  })
})

describe('an error without a status', () => {
  it('is no end', async () => {
    const client = await start(
      () => (reply) => {
        reply.send({ type: 'error', error: { message: 'hm' } })
        setTimeout(() => reply.complete([says('after all')]), 20)
      },
      { stages: [untouched] },
    )
    await client.ask(create([user('m1', 'one')]))
    await client.until(({ json }) => json?.type === 'response.completed')
    await client.ask(create([user('m2', 'two')], { previous_response_id: 'resp_1' }))
    expect(server.turns).toHaveLength(2)
  })
})

describe('an error event of the server', () => {
  it.each<[status: number, error: JsonObject, refused: boolean]>([
    [400, { message: 'not like this' }, true],
    [429, { type: 'usage_limit_reached', message: 'enough' }, true],
    [400, { code: 'previous_response_not_found', message: 'gone' }, false],
    [400, { code: 'websocket_connection_limit_reached', message: 'too old' }, false],
  ])('%i %o is a refusal to observers: %o', async (status, error, refused) => {
    const seen: unknown[] = []
    const frame = { type: 'error', status, error }
    const client = await start(
      () =>
        ({ send }) =>
          send(frame),
      {
        stages: [untouched],
        observers: [{ refused: (_, refusal) => void seen.push(refusal) }],
      },
    )
    await client.ask(create([user('m1', 'one')]))
    expect(seen).toEqual(refused ? [{ status, text: JSON.stringify(frame) }] : [])
  })
})

describe('a stage that fails', () => {
  it('ends the turn with its sentence, and nothing is sent', async () => {
    const fail = stage(async () => {
      throw new CodexPlusError('CP_BODY_INVALID', 'This cannot be read.', { hint: 'Do it again.' })
    })
    const ends: unknown[] = []
    const client = await start(undefined, {
      stages: [fail],
      observers: [{ failed: (_, { error }) => void ends.push(String(error)) }],
    })
    const end = await client.ask(create([user('m1', 'one')]))
    expect(end.json).toMatchObject({
      type: 'response.failed',
      response: {
        error: { code: 'invalid_prompt', message: 'codex-plus: This cannot be read. Do it again. [CP_BODY_INVALID]' },
      },
    })
    expect(ends).toEqual(['CodexPlusError: This cannot be read.'])
    expect(server.turns).toHaveLength(0)
  })

  it('by answering with a failure ends the turn with exactly that', async () => {
    const client = await start(undefined, { stages: [stage(async () => ({ text: 'no\nway', failed: true }))] })
    const end = await client.ask(create([user('m1', 'one')]))
    expect(end.json).toMatchObject({
      type: 'response.failed',
      response: { error: { code: 'invalid_prompt', message: 'no\nway' } },
    })
  })
})

describe('an end', () => {
  const ends: unknown[] = []
  const observed = {
    stages: [untouched],
    observers: [{ ended: (_: unknown, { body }: { body: string }) => void ends.push(body) }],
  }

  it.each([1000, 1001, 1008, 1011, 1012, 4000])(
    'of the server between responses is codex’s, with the code %i',
    async (code) => {
      ends.length = 0
      const client = await start(undefined, observed)
      await client.ask(create([user('m1', 'one')]))
      server.sockets[0]?.close(code, 'because')
      expect(await client.closed).toBe(code)
      expect(ends).toEqual(['complete'])
    },
  )

  it.each<[name: string, (reply: FrameReply) => void, code: number]>([
    ['a close', ({ socket }) => socket.close(1011), 1011],
    ['a reset', ({ reset }) => reset(), 1006],
    ['a hang-up', ({ socket }) => socket.terminate(), 1006],
  ])('of the server inside a response, by %s, is codex’s too', async (_name, act, code) => {
    ends.length = 0
    const client = await start(
      () => (reply) => {
        reply.send({ type: 'response.created', response: { id: reply.id } })
        act(reply)
      },
      observed,
    )
    client.send(create([user('m1', 'one')]))
    expect(await client.closed).toBe(code)
    while (ends.length === 0) await sleep(5)
    expect(ends).toEqual(['truncated'])
  })

  it.each<[string, (client: SocketClient) => void]>([
    ['drops the connection', ({ socket }) => socket.terminate()],
    ['closes it', ({ socket }) => socket.close(1000)],
  ])('of codex, which %s, ends the server’s side within a second and the stage’s work', async (_name, act) => {
    ends.length = 0
    const client = await start(() => (reply) => reply.send({ type: 'response.created' }), observed)
    client.send(create([user('m1', 'one')]))
    await client.until(({ json }) => json?.type === 'response.created')
    const begun = performance.now()
    act(client)
    await untilOpen(1)
    expect(performance.now() - begun).toBeLessThan(1000)
    while (ends.length === 0) await sleep(5)
    expect(ends).toEqual(['client-gone'])
  })

  it('of codex aborts what a stage does', async () => {
    let aborted = false
    const wait = stage(
      ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true
            resolve(null)
          }),
        ),
    )
    const client = await start(undefined, { stages: [wait] })
    client.send(create([user('m1', 'one')]))
    await sleep(30)
    client.socket.terminate()
    await untilOpen(1)
    while (!aborted) await sleep(5)
    expect(server.turns).toHaveLength(0)
  })

  it('three times inside a response within a minute: threads go on over HTTP', async () => {
    await start(
      () =>
        ({ reset }) =>
          reset(),
      { stages: [untouched] },
    )
    for (let n = 0; n < 3; n += 1) {
      const client = await connectSocket(proxy)
      client.send(create([user('m1', 'one')]))
      await client.closed
    }
    await expect(connectSocket(proxy)).rejects.toMatchObject({ status: 426 })
  })
})

describe('a request that cannot be read', () => {
  it('hands the thread back to HTTP, and no other', async () => {
    const client = await start(undefined, { stages: [untouched] })
    client.send(create([user('m1', 'one')], { stream_id: 3 }))
    expect(await client.closed).toBe(1012)
    expect(server.turns).toHaveLength(0)
    await expect(connectSocket(proxy)).rejects.toMatchObject({ status: 426 })
    await connectSocket(proxy, { headers: { 'thread-id': 'another' } })
  })
})

describe('a side that does not read', () => {
  it('holds the other one back', async () => {
    const part = JSON.stringify({ type: 'response.output_text.delta', delta: 'z'.repeat(500_000) })
    const client = await start(
      () => (reply) => {
        for (let n = 0; n < 200; n += 1) reply.socket.send(part)
        reply.complete([])
      },
      { stages: [untouched] },
    )
    client.send(create([user('m1', 'one')]))
    await client.until(() => true)
    client.socket.pause()
    await sleep(1500)
    // 100 MB were sent; what is not read stays at the server, but for the buffers between.
    const held = server.sockets[0]?.bufferedAmount ?? 0
    expect(held).toBeGreaterThan(60_000_000)
    client.socket.resume()
    await client.until(({ json }) => json?.type === 'response.completed')
    expect(client.received.filter(({ raw }) => raw.length === part.length)).toHaveLength(200)
  })
})

describe('an upgrade', () => {
  const refused = async (attempt: Promise<unknown>): Promise<Refused> =>
    (await attempt.then(
      () => {
        throw new Error('it was accepted')
      },
      (error: unknown) => error,
    )) as Refused

  it.each([400, 403, 404, 405, 426, 500, 503])(
    'that the server answers with %i is 426 at once, and is not tried again',
    async (status) => {
      server = await startSocketUpstream(() => [], {
        onUpgrade: (_, socket) => socket.end(`HTTP/1.1 ${status} X\r\ncontent-length: 2\r\n\r\nno`) !== undefined,
      })
      let time = 0
      proxy = await startSocketProxy(server.url, {}, { now: () => time })
      expect((await refused(connectSocket(proxy))).status).toBe(426)
      expect((await refused(connectSocket(proxy))).status).toBe(426)
      expect(server.upgrades).toHaveLength(1)
      time = 5 * 60_000 + 1
      expect((await refused(connectSocket(proxy))).status).toBe(426)
      expect(server.upgrades).toHaveLength(2)
    },
  )

  it.each([401, 429])('that the server answers with %i is passed through', async (status) => {
    server = await startSocketUpstream(() => [], {
      onUpgrade: (_, socket, n) =>
        n === 0 &&
        socket.end(
          `HTTP/1.1 ${status} X\r\nx-own: 1\r\nset-cookie: a=b\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a":"b"}`,
        ) !== undefined,
    })
    proxy = await startSocketProxy(server.url)
    const answer = await refused(connectSocket(proxy))
    expect(answer).toMatchObject({
      status,
      body: '{"a":"b"}',
      headers: { 'x-own': '1', 'content-type': 'application/json' },
    })
    expect(answer.headers['set-cookie']).toBeUndefined()
    await connectSocket(proxy)
  })

  it.each<[string, NonNullable<SocketUpstreamOptions['onUpgrade']>]>([
    ['does not answer', () => true],
    ['hangs up on', (_, socket) => socket.destroy() !== undefined],
    ['answers with nonsense', (_, socket) => socket.end('SSH-2.0-x\r\n\r\n') !== undefined],
    [
      'accepts without a proof',
      (_, socket) => socket.end('HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n') !== undefined,
    ],
  ])('that the server %s is 426 within the deadline', async (_name, onUpgrade) => {
    server = await startSocketUpstream(() => [], { onUpgrade })
    proxy = await startSocketProxy(server.url, {}, { deadline: 300 })
    const begun = performance.now()
    expect((await refused(connectSocket(proxy))).status).toBe(426)
    expect(performance.now() - begun).toBeLessThan(2000)
    expect((await refused(connectSocket(proxy))).status).toBe(426)
    expect(server.upgrades).toHaveLength(1)
  })

  it('to a server that nobody listens at is 426, and is tried again', async () => {
    server = await startSocketUpstream(() => [])
    const { url } = server
    await server.close()
    proxy = await startSocketProxy(url)
    expect((await refused(connectSocket(proxy))).status).toBe(426)
  })

  it('without a way upstream, or where none is wanted, is 426 without a connection', async () => {
    server = await startSocketUpstream(() => [])
    proxy = await startSocketProxy(server.url, {}, { refusal: 'off' })
    expect((await refused(connectSocket(proxy))).status).toBe(426)
    expect(server.upgrades).toHaveLength(0)
  })

  it.each([
    ['another path', '/models', 426],
    ['a path that only begins alike', '/responses-x', 426],
  ])('to %s is refused', async (_name, path, status) => {
    await start()
    expect((await refused(connectSocket(proxy, { path }))).status).toBe(status)
  })

  it('without the secret, from another host or origin, or to another protocol, gets nowhere', async () => {
    await start()
    const raw = async (target: string, headers: string): Promise<string> => {
      const socket = connect(proxy.port, '127.0.0.1')
      socket.write(`GET ${target} HTTP/1.1\r\n${headers}connection: Upgrade\r\n\r\n`)
      let text = ''
      for await (const part of socket as AsyncIterable<Buffer>) text += part.toString()
      return text.split('\r\n')[0] ?? ''
    }
    const own = `host: 127.0.0.1:${proxy.port}\r\n`
    const key = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    const target = proxy.target('/responses')
    expect(await raw('/wrong/v1/responses', `${own}upgrade: websocket\r\n${key}`)).toContain(' 404 ')
    expect(await raw(target, `host: evil.test\r\nupgrade: websocket\r\n${key}`)).toContain(' 403 ')
    expect(await raw(target, `${own}origin: http://evil.test\r\nupgrade: websocket\r\n${key}`)).toContain(' 403 ')
    expect(await raw(target, `${own}upgrade: h2c\r\n`)).toContain(' 426 ')
    expect(server.upgrades).toHaveLength(1)
  })

  it('that codex gives up does not leave a connection behind', async () => {
    let open = 0
    server = await startSocketUpstream(() => [], {
      onUpgrade: (_, socket) => {
        open += 1
        socket.resume().on('end', () => {
          open -= 1
        })
        return true
      },
    })
    proxy = await startSocketProxy(server.url)
    const attempt = connectSocket(proxy, { handshakeTimeout: 100 })
    await expect(attempt).rejects.toThrow()
    while (open > 0) await sleep(5)
    expect(server.upgrades).toHaveLength(1)
  })

  it('is closed with the proxy', async () => {
    const client = await start()
    await proxy.close()
    expect(await client.closed).toBe(1006)
  })
})
