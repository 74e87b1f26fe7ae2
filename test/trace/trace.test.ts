import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import type { Stage } from '../../src/proxy/exchange.js'
import { encode } from '../../src/request/encoding.js'
import type { HeaderList } from '../../src/request/header-list.js'
import { RequestBody } from '../../src/request/request-body.js'
import { formatEvent, messageEvents } from '../../src/stream/local-response-events.js'
import { followTrace } from '../../src/trace/follow-trace.js'
import { type KeptRequest, keepRequest, readKept } from '../../src/trace/kept-request.js'
import { readTrace, readTraceLine, type TraceLine, traceFiles } from '../../src/trace/read-trace.js'
import { replayLogin, replayRequest } from '../../src/trace/replay-request.js'
import type { TraceBegin, TraceEntry } from '../../src/trace/trace-entry.js'
import { dropOldTraces, isWatched, touchWatched, traceFile } from '../../src/trace/trace-folder.js'
import { createTracer } from '../../src/trace/tracer.js'
import { createPaint } from '../../src/view/paint.js'
import { traceText } from '../../src/view/trace-text.js'
import { exchange } from '../fixtures/proxy/client.js'
import { drivenStream, type ProxyUnderTest, respond, startProxy } from '../fixtures/proxy/harness.js'

let folder: string
let proxy: ProxyUnderTest | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-trace-'))
})
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
  rmSync(folder, { recursive: true, force: true })
})

const SSE: HeaderList = [['content-type', 'text/event-stream']]
const METADATA = { 'x-codex-turn-metadata': '{"thread_id":"th","turn_id":"tu","request_kind":"turn","model":"m"}' }

describe('the tracer', () => {
  async function start(
    answer: Parameters<typeof startProxy>[0],
    options: { wanted?: boolean; followed?: boolean; stages?: Stage[] } = {},
  ): Promise<{ begun: TraceBegin[]; written: TraceEntry[]; close(): Promise<void> }> {
    const [begun, written]: [TraceBegin[], TraceEntry[]] = [[], []]
    const tracer = createTracer({
      projectOf: () => '/p',
      wanted: () => (options.wanted === false ? null : { followed: options.followed ?? false }),
      begin: (entry) => void begun.push(entry),
      write: (entry) => void written.push(entry),
      keep: null,
      log: silentLog,
    })
    proxy = await startProxy(answer, { observers: [tracer.observer], stages: options.stages ?? [] })
    return { begun, written, close: tracer.close }
  }
  const post = async (body: string | Buffer, headers: Record<string, string> = METADATA): Promise<void> => {
    if (proxy) await exchange(proxy.port, 'POST', proxy.target('/responses'), headers, body)
  }

  it('tells sizes, steps, notes, events and tokens of a request', async () => {
    const stage: Stage = {
      name: 'rewriter',
      async rewrite(request) {
        request.note?.('matched', { name: 'x' })
        request.body.replace(Buffer.from('{"longer":"than it was"}'))
        return null
      },
    }
    const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 }
    const done = formatEvent({ type: 'response.completed', response: { id: 'r', usage } })
    const { written, begun, close } = await start(() => respond(200, SSE, done), { stages: [stage] })
    const raw = await encode(Buffer.from('{"short":1}'), 'gzip')
    await post(raw, { ...METADATA, 'content-encoding': 'gzip' })
    await close()
    expect(begun).toEqual([])
    expect(written).toHaveLength(1)
    expect(written[0]).toMatchObject({
      thread: 'th',
      turn: 'tu',
      kind: 'user',
      request: 'turn',
      model: 'm',
      encoding: 'gzip',
      bytes: { came: raw.length, text: 11, sent: 24 },
      changed: true,
      notes: [{ about: 'matched', name: 'x' }],
      status: 200,
      end: 'complete',
      events: 1,
      tokens: { input: 3, output: 2, total: 5 },
    })
    expect(written[0]?.steps.map(({ name }) => name)).toEqual(['read', 'rewriter', 'address', 'send', 'forward'])
  })

  it('tells of a body that cannot be decoded, an answer that fails, and one that is no request of a thread', async () => {
    const { written, close } = await start(() => {
      throw new Error('nobody there')
    })
    await post('no gzip at all', { 'content-encoding': 'gzip' })
    await close()
    expect(written[0]).toMatchObject({
      thread: null,
      kind: null,
      bytes: { came: 14, text: null, sent: null },
      status: null,
      end: 'failed',
      error: 'Error: nobody there',
    })
  })

  it('does nothing when it is not wanted, and writes the beginning when the trace is followed', async () => {
    const off = await start(() => respond(200, SSE, messageEvents('r', 'x')), { wanted: false })
    await post('{}')
    await off.close()
    expect([off.begun, off.written]).toEqual([[], []])
    await proxy?.close()
    const watched = await start(() => respond(200, SSE, messageEvents('r', 'x')), { followed: true })
    await post('{}')
    await watched.close()
    expect(watched.begun[0]?.id).toBe(watched.written[0]?.id)
  })

  it('tells what was under way when it was closed', async () => {
    const { response, push } = drivenStream()
    const { written, close } = await start(() => response)
    const posted = post('{}').catch(() => {})
    push(formatEvent({ type: 'response.created', response: { id: 'r' } }))
    while ((proxy?.sent.length ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await close()
    expect(written[0]).toMatchObject({ status: null, end: 'client-gone' })
    await proxy?.close()
    await posted
  })
})

describe('following', () => {
  it('gets whole lines that are written later, and says so by a file’s time', async () => {
    const file = traceFile(folder, new Date())
    writeFileSync(file, 'before\n')
    const abort = new AbortController()
    const lines: string[] = []
    const following = followTrace(folder, abort.signal, (line) => void lines.push(line))
    const until = async (wanted: () => boolean): Promise<void> => {
      const deadline = Date.now() + 5000
      while (!wanted() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await until(() => isWatched(folder))
    expect(isWatched(folder)).toBe(true)
    appendFileSync(file, 'one\ntwo ä')
    await until(() => lines.length === 1)
    appendFileSync(file, ' more\nthree\n')
    await until(() => lines.length === 3)
    abort.abort()
    await following
    expect(lines).toEqual(['one', 'two ä more', 'three'])
  })

  it('is over some seconds after the last sign of it', () => {
    expect(isWatched(folder)).toBe(false)
    touchWatched(folder)
    expect(isWatched(folder)).toBe(true)
    const past = new Date(Date.now() - 6000)
    utimesSync(join(folder, 'watched'), past, past)
    expect(isWatched(folder)).toBe(false)
  })
})

const ENTRY: TraceEntry = {
  id: 'ab12-3',
  pid: 1,
  project: '/projects/p',
  method: 'POST',
  path: '/responses?secret=1',
  thread: '01a2-thread-1234abcd',
  turn: 't',
  kind: 'subagent',
  request: 'turn',
  model: 'gpt-6.1-sol',
  via: 'http',
  sent: null,
  encoding: 'zstd',
  bytes: { came: 12_345, text: 67_890, sent: 70_000 },
  changed: true,
  steps: Array.from({ length: 12 }, (_, index) => ({ name: `a-long-step-${index}`, ms: index * 1000 })),
  notes: [{ about: 'command', name: 'x', path: '/projects/p/.claude/commands/x.md', nothing: null, evil: '\u001b[2J' }],
  status: 502,
  end: 'truncated',
  error: 'no \u001b[31m luck',
  ms: 61_000,
  firstEventMs: 1.5,
  events: 1,
  tokens: null,
  kept: true,
}

describe('reading traces', () => {
  const line = (entry: Partial<TraceEntry>, event = 'request'): string =>
    JSON.stringify({ at: '2026-01-01T10:20:30.000Z', level: 'debug', event, ...ENTRY, ...entry })

  it('the newest of all days, oldest first; other lines of a log are ignored', () => {
    writeFileSync(join(folder, '2026-01-01.jsonl'), `${line({ id: 'a' })}\n${line({ id: 'b' })}\n`)
    const junk = '{"event":"request"\nnull\n"request"\n{"event":"request","id":1}\n{"event":"proxy.request"}\n'
    writeFileSync(
      join(folder, '2026-01-02.jsonl'),
      `${junk}${line({ id: 'c' })}\n${line({ id: 'd' }, 'request.begin')}\n`,
    )
    writeFileSync(join(folder, 'notes.txt'), 'x')
    const ids = (limit: number): string[] => readTrace(traceFiles(folder), limit, () => true).map(({ id }) => id)
    expect(ids(10)).toEqual(['a', 'b', 'c'])
    expect(ids(2)).toEqual(['b', 'c'])
    expect(readTrace(traceFiles(folder), 5, ({ id }) => id === 'a')).toHaveLength(1)
    expect(traceFiles(join(folder, 'nowhere'))).toEqual([])
  })

  it('keeps a fortnight', () => {
    for (let day = 1; day <= 20; day += 1) writeFileSync(traceFile(folder, new Date(Date.UTC(2026, 0, day))), '')
    dropOldTraces(folder, silentLog)
    expect(readdirSync(folder).sort()).toHaveLength(14)
    expect(existsSync(join(folder, '2026-01-07.jsonl'))).toBe(true)
    expect(existsSync(join(folder, '2026-01-06.jsonl'))).toBe(false)
  })

  it('on a terminal fits its width, names paths from the project on, and shows control characters', () => {
    const text = traceText(readTraceLine(line({})) as TraceLine, 60, createPaint({}, {}))
    for (const row of text.split('\n')) expect(row.length).toBeLessThanOrEqual(60)
    expect(text).toMatch(/^10:20:30 {2}ab12-3 {2}POST \/responses {2}502 truncated {2}1 min 1 s/)
    expect(text).toContain('    subagent turn, thread 1234abcd, gpt-6.1-sol')
    expect(text).toContain('12.3 kB of zstd, 67.9 kB decoded')
    expect(text).toContain('command: name x, path .claude/commands/x.md, evil \\x1b[…')
    expect(text).toContain('no \\x1b[31m luck')
    expect(text).not.toContain('\u001b')
    expect(text).toContain('kept: codex-plus plus replay ab12-3')
  })
})

describe('a kept request', () => {
  const HEADERS: HeaderList = [
    ['authorization', 'Bearer abcdefghijklmnop'],
    ['Cookie', 'a=b'],
    ['x-codex-turn-state', 'sticky'],
    ['content-encoding', 'zstd'],
    ['x-access-token', 'opaque'],
    ['chatgpt-account-id', 'account'],
    ['version', '0.169.0'],
  ]
  const request = async (body: string) => ({
    method: 'POST',
    path: '/responses',
    headers: HEADERS,
    body: new RequestBody(await encode(Buffer.from(body), 'zstd'), 'zstd'),
    signal: new AbortController().signal,
  })

  it('is private, decoded, without credentials, and otherwise whole', async () => {
    const deep = Array.from({ length: 30 }).reduce<unknown>((inner) => ({ inner }), 'end')
    const schema = { properties: { token: { type: 'string' }, password: { type: 'string' } } }
    const body = { text: 'key sk-0123456789abcdef', schema, deep, pair: ['token', 'is a word'] }
    expect(await keepRequest(folder, 'ab-1', await request(JSON.stringify(body)))).toBe(true)
    expect(statSync(join(folder, 'ab-1.json')).mode & 0o777).toBe(0o600)
    const kept = readKept(folder, 'ab-1')
    expect(kept.body).toEqual({ ...body, text: 'key [redacted key]' })
    expect(kept.headers).toEqual([
      ['chatgpt-account-id', 'account'],
      ['version', '0.169.0'],
    ])
    expect(readFileSync(join(folder, 'ab-1.json'), 'utf8')).not.toMatch(/abcdefghijklmnop|sticky|opaque|a=b/)
  })

  it('that is no JSON is not kept, and the oldest of too many go', async () => {
    expect(await keepRequest(folder, 'ab-0', await request('no json'))).toBe(false)
    for (let index = 0; index < 205; index += 1) {
      writeFileSync(join(folder, `old-${index}.json`), '{}')
      const time = new Date(Date.now() - 1000 * (300 - index))
      utimesSync(join(folder, `old-${index}.json`), time, time)
    }
    await keepRequest(folder, 'ab-1', await request('{}'))
    expect(readdirSync(folder)).toHaveLength(200)
    expect(existsSync(join(folder, 'ab-1.json'))).toBe(true)
    expect(existsSync(join(folder, 'old-0.json'))).toBe(false)
  })

  it.each(['nobody-1', '../x', '', 'a/b'])('%j is not found', (id) => {
    expect(() => readKept(folder, id)).toThrowError(`request ${id} was not kept.`)
  })

  it.each<[account: boolean, env: NodeJS.ProcessEnv, from: string | null]>([
    [false, { CODEX_API_KEY: 'a', OPENAI_API_KEY: 'b', CODEX_ACCESS_TOKEN: 'c' }, 'CODEX_API_KEY'],
    [false, { OPENAI_API_KEY: 'b', CODEX_ACCESS_TOKEN: 'c' }, 'OPENAI_API_KEY'],
    [true, { CODEX_API_KEY: 'a', CODEX_ACCESS_TOKEN: 'c' }, 'CODEX_ACCESS_TOKEN'],
    [true, { CODEX_API_KEY: 'a', CODEX_ACCESS_TOKEN: '' }, 'CODEX_API_KEY'],
    [true, {}, null],
  ])('with an account (%j) and %j goes out with %j', (account, env, from) => {
    const headers: HeaderList = account ? [['chatgpt-account-id', 'x']] : []
    const kept: KeptRequest = { id: 'a', at: '', method: 'POST', path: '/responses', headers, body: { a: 1 } }
    const login = replayLogin(kept, env)
    expect(login?.from ?? null).toBe(from)
    const named = replayRequest(kept, login).headers.map(([name]) => name)
    const keepsAccount = account && from === 'CODEX_ACCESS_TOKEN'
    expect(named).toEqual([
      ...(keepsAccount ? ['chatgpt-account-id'] : []),
      ...(from === null ? [] : ['authorization']),
    ])
  })
})
