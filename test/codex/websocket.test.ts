import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import type { SessionEntry } from '../../src/session/session-entry.js'
import type { TraceEntry } from '../../src/trace/trace-entry.js'
import { says } from '../fixtures/upstream/scripted.js'
import {
  type SeenTurn,
  type SocketUpstream,
  type SocketUpstreamOptions,
  startSocketUpstream,
  type TurnReply,
} from '../fixtures/upstream/socket-upstream.js'
import { scaled } from '../time.js'
import { CODEX, CODEX_PLUS, type Lab, type Login, makeLab, type RunResult } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

/** The real codex over its WebSocket, and a server on loopback that speaks it. */
let upstream: SocketUpstream
let lab: Lab
let screen: Screen | null = null
afterEach(async () => {
  await screen?.close()
  screen = null
  await upstream.close()
  lab.remove()
})

async function start(
  script: (n: number, turn: SeenTurn) => TurnReply,
  options: SocketUpstreamOptions = {},
  login: Login = 'apikey',
): Promise<void> {
  upstream = await startSocketUpstream(script, { titlesApart: true, ...options })
  lab = makeLab(login, `openai_base_url = "${upstream.url}"`)
  lab.env.CODEX_PLUS_WEBSOCKET = 'auto'
}

const runs = (program: string, ...args: string[]): Promise<RunResult> => lab.run(program, args)
const exec = (...args: string[]): Promise<RunResult> => runs(CODEX_PLUS, 'exec', ...args)

/** A call of a tool that takes no time, and its answer's text. */
const call = (n: number, script = `text('output ${n}')`): JsonObject => ({
  type: 'custom_tool_call',
  id: `ctc_${n}`,
  call_id: `call_${n}`,
  name: 'exec',
  input: script,
})
const said = (turn: SeenTurn | undefined): string[] =>
  findUserTexts({ input: turn?.full ?? [] }).map(({ text }) => text)
const adds = (turn: SeenTurn | undefined): number => (turn?.body.input as JsonObject[] | undefined)?.length ?? -1

/** Every line of JSON that codex-plus wrote below a folder of its state. */
function written<Row>(folder: string): Row[] {
  const place = join(lab.home, '.local/state/codex-plus', folder)
  if (!existsSync(place)) return []
  const files = readdirSync(place).filter((name) => name.endsWith('.jsonl'))
  const lines = files.flatMap((name) => readFileSync(join(place, name), 'utf8').split('\n'))
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}

/** A frame without what differs between two runs: ids, times, the order of keys. */
function shape({ body, via }: SeenTurn): unknown {
  const text = JSON.stringify({ via, ...body })
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/\b\d{10,13}(?:\.\d+)?\b/g, '0')
    .replace(/Wall time [\d.]+ seconds/g, 'Wall time')
    .replace(/resp_\d+/g, 'resp')
    .replaceAll(lab.root, '<root>')
  return JSON.parse(text)
}

describe('a loop of tools in exec', () => {
  it.each<[Login, boolean]>([
    ['apikey', false],
    ['apikey', true],
    ['chatgpt', false],
    ['chatgpt', true],
  ])('with %s login, compressed: %s, is what bare codex sends, frame for frame', async (login, deflate) => {
    const script = (n: number): TurnReply => (n % 5 < 4 ? [call(n)] : [says('all done')])
    await start(script, { deflate }, login)
    const bare = await runs(CODEX, 'exec', 'go')
    const frames = upstream.turns.splice(0).map(shape)
    // codex tells the model what its sandbox protects.
    const plus = await runs(CODEX_PLUS, '--plus-no-protect-claude', 'exec', 'go')
    expect([plus.code, plus.stdout]).toEqual([bare.code, bare.stdout])
    expect(upstream.turns.map(shape)).toEqual(frames)
    expect(upstream.turns.map(({ via }) => via)).toEqual(['ws', 'ws', 'ws', 'ws', 'ws'])
    expect(upstream.turns.map(adds).slice(1)).toEqual([1, 1, 1, 1])
    expect(upstream.prewarms).toHaveLength(2)
  })

  it('with a command: the expansion goes up once, and every frame behind it as it came', async () => {
    await start((n) => (n < 3 ? [call(n)] : [says('all done')]))
    lab.write('.claude/commands/go.md', 'Expanded: $ARGUMENTS')
    const { code, stdout } = await runs(CODEX_PLUS, '--plus-trace', 'exec', '/go now')
    expect([code, stdout]).toEqual([0, 'all done\n'])
    expect(upstream.turns.map(said)).toEqual(Array(4).fill(['Expanded: now']))
    expect(upstream.turns.map(adds).slice(1)).toEqual([1, 1, 1])
    const trace = written<TraceEntry & { event: string }>('trace').filter(({ event }) => event === 'request')
    expect(trace.map(({ via, sent, request }) => [via, sent, request])).toEqual([
      ['ws', 'as it came', 'prewarm'],
      ['ws', 'delta', 'turn'],
      ['ws', 'as it came', 'turn'],
      ['ws', 'as it came', 'turn'],
      ['ws', 'as it came', 'turn'],
    ])
    const session = written<SessionEntry>('sessions')
    expect(session.map(({ type }) => type)).toEqual([
      'run',
      'prompt',
      ...['call', 'request', 'result', 'call', 'request', 'result', 'call', 'request', 'result', 'answer', 'request'],
    ])
    expect(session.find(({ type }) => type === 'prompt')).toMatchObject({ typed: '/go now', sent: 'Expanded: now' })
  })

  it('can be sent again as a POST', async () => {
    await start((n) => (n < 1 ? [call(n)] : [says('all done')]))
    await runs(CODEX_PLUS, '--plus-trace', 'exec', 'go')
    const last = written<TraceEntry & { event: string }>('trace').findLast(({ kept }) => kept)
    const replay = await lab.run(CODEX_PLUS, ['--plus-upstream', upstream.url, 'plus', 'replay', last?.id ?? ''], {
      env: { CODEX_API_KEY: 'sk-x' },
    })
    expect(replay.stdout).toContain('all done')
    expect(upstream.turns[2]?.via).toBe('http')
    expect(upstream.turns[2]?.full.length).toBe(upstream.turns[1]?.full.length)
  })

  it('under --plus-safe passes untouched', async () => {
    await start((n) => (n < 2 ? [call(n)] : [says('all done')]))
    lab.write('.claude/commands/go.md', 'Expanded')
    const { stdout } = await runs(CODEX_PLUS, '--plus-safe', 'exec', '/go now')
    expect(stdout).toBe('all done\n')
    expect(said(upstream.turns[2])).toEqual(['/go now'])
    expect(upstream.turns.map(({ via }) => via)).toEqual(['ws', 'ws', 'ws'])
  })
})

describe('who gets a socket', () => {
  it.each([
    ['off', ['--plus-websocket', 'off'], 'http'],
    ['cycletls by name', ['--plus-transport', 'cycletls'], 'http'],
    ['cycletls by name, and on', ['--plus-transport', 'cycletls', '--plus-websocket', 'on'], 'ws'],
    ['nothing', [], 'ws'],
  ])('with %s said', async (_name, flags, via) => {
    await start(() => [says('hi')])
    const { code, stdout } = await runs(CODEX_PLUS, ...flags, 'exec', 'hello')
    expect([code, stdout]).toEqual([0, 'hi\n'])
    expect(upstream.turns.map((turn) => turn.via)).toEqual([via])
    expect(upstream.upgrades).toHaveLength(via === 'ws' ? 1 : 0)
  })

  it('not the echo upstream', async () => {
    await start(() => [says('hi')])
    const { code, stdout } = await runs(CODEX_PLUS, '--plus-upstream', 'echo', 'exec', 'hello')
    expect([code, stdout]).toEqual([0, 'hello\n'])
    expect(upstream.upgrades).toHaveLength(0)
  })
})

describe('the connection that is opened while codex starts', () => {
  const early = (): number => upstream.connections.length

  it('is the one that the WebSocket uses', async () => {
    const before: number[] = []
    await start(() => [says('hi')], { onUpgrade: () => before.push(early()) < 0 })
    expect(await exec('hello')).toMatchObject({ code: 0, stdout: 'hi\n' })
    expect([before, early()]).toEqual([[1], 1])
  })

  it('is not missed when the server has ended it', async () => {
    await start(() => [says('hi')], { onConnection: (socket, n) => void (n === 0 && socket.destroy()) })
    expect(await exec('hello')).toMatchObject({
      code: 0,
      stdout: 'hi\n',
      stderr: expect.not.stringMatching(/reconnect/i),
    })
    expect([early(), upstream.turns.map(({ via }) => via)]).toEqual([2, ['ws']])
  })

  it('is not opened where the user says so, or where no model call is to come', async () => {
    const order: string[] = []
    await start(() => [says('hi')], {
      onConnection: () => void order.push('connection'),
      onUpgrade: () => order.push('upgrade') < 0,
    })
    await runs(CODEX_PLUS, '--plus-upstream', 'echo', 'exec', 'hello')
    await runs(CODEX_PLUS, 'features', 'list')
    expect(order).toEqual([])
    await runs(CODEX_PLUS, '--plus-no-early-connection', 'exec', 'hello')
    expect(order).toEqual(['connection', 'upgrade'])
  })
})

describe('a thread that goes on by POST', () => {
  it.each([403, 404, 426, 500, 503])(
    'after the server answered the upgrade with %i: at once and silently',
    async (status) => {
      await start(() => [says('by post')], {
        onUpgrade: (_, socket) => socket.end(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`) !== undefined,
      })
      const { code, stdout, stderr } = await exec('--json', 'hello')
      const events = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { type: string })
      expect(events.map(({ type }) => type)).toEqual([
        'thread.started',
        'turn.started',
        'item.completed',
        'turn.completed',
      ])
      expect(stderr).not.toMatch(/reconnect|fall|error/i)
      expect([code, upstream.upgrades.length, upstream.turns.map(({ via }) => via)]).toEqual([0, 1, ['http']])
    },
  )

  it('after an upgrade that is never answered: within ten seconds', async () => {
    await start(() => [says('by post')], { onUpgrade: () => true })
    const begun = performance.now()
    const { code, stdout, stderr } = await exec('hello')
    expect([code, stdout]).toEqual([0, 'by post\n'])
    expect(stderr).not.toMatch(/reconnect|timed out/i)
    expect(performance.now() - begun).toBeLessThan(scaled(14_000))
  })

  it('in the middle of a turn, after a close and a refusal: with the expansion, silently', async () => {
    await start(
      (n) =>
        n === 0
          ? (reply) => {
              reply.complete([call(0)])
              reply.socket.close(1001)
            }
          : [says('by post')],
      { onUpgrade: (_, socket, n) => n > 0 && socket.end('HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n') !== undefined },
    )
    lab.write('.claude/commands/go.md', 'Expanded: $ARGUMENTS')
    const { code, stdout, stderr } = await exec('/go now')
    expect([code, stdout]).toEqual([0, 'by post\n'])
    expect(stderr).not.toMatch(/reconnect|fall|error/i)
    expect(upstream.turns.map(({ via }) => via)).toEqual(['ws', 'http'])
    expect(upstream.turns.map(said)).toEqual([['Expanded: now'], ['Expanded: now']])
  })

  it('when it is resumed that way', async () => {
    await start((n) => (n < 1 ? [call(n)] : [says('hi')]))
    lab.write('.claude/commands/go.md', 'Expanded: $ARGUMENTS')
    await exec('/go now')
    const resumed = await runs(CODEX_PLUS, '--plus-websocket', 'off', 'exec', 'resume', '--last', 'and then')
    expect(resumed.code).toBe(0)
    expect(upstream.turns.map(({ via }) => via)).toEqual(['ws', 'ws', 'http'])
    expect(said(upstream.turns[2])).toEqual(['Expanded: now', 'and then'])
    const again = await exec('resume', '--last', 'once more')
    expect(again.code).toBe(0)
    expect(upstream.turns[3]?.via).toBe('ws')
    expect(said(upstream.turns[3])).toEqual(['Expanded: now', 'and then', 'once more'])
  })
})

describe('a refusal that codex knows', () => {
  it('401 once: codex tries again', async () => {
    await start(
      () => [says('in')],
      {
        onUpgrade: (_, socket, n) => n === 0 && socket.end('HTTP/1.1 401 X\r\ncontent-length: 0\r\n\r\n') !== undefined,
      },
      'chatgpt',
    )
    expect(await exec('hello')).toMatchObject({ code: 0, stdout: 'in\n' })
    expect(upstream.upgrades.length).toBeGreaterThan(1)
  })

  it('429 with a usage limit: its own sentence', async () => {
    const body = '{"error":{"type":"usage_limit_reached","plan_type":"plus","resets_at":1999999999}}'
    await start(() => [says('in')], {
      onUpgrade: (_, socket) =>
        socket.end(
          `HTTP/1.1 429 X\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        ) !== undefined,
    })
    const { code, stderr } = await exec('hello')
    expect(code).toBe(1)
    expect(stderr).toMatch(/usage limit/i)
  })
})

describe('a fault', () => {
  it.each<[string, (n: number) => TurnReply]>([
    [
      'a reset inside a response',
      () =>
        ({ send, reset, id }) => {
          send({ type: 'response.created', response: { id } })
          reset()
        },
    ],
    [
      'a close inside a response',
      () =>
        ({ send, socket, id }) => {
          send({ type: 'response.created', response: { id } })
          socket.close(1011)
        },
    ],
    [
      'previous_response_not_found',
      () =>
        ({ send }) =>
          send({ type: 'error', status: 400, error: { code: 'previous_response_not_found', message: 'x' } }),
    ],
    [
      'a binary message',
      () =>
        ({ socket }) =>
          socket.send(Buffer.from([1, 2]), { binary: true }),
    ],
  ])('%s: codex recovers silently, with the expansion', async (_name, fault) => {
    await start((n) => (n === 0 ? [call(0)] : n === 1 ? fault(n) : [says('recovered')]))
    lab.write('.claude/commands/go.md', 'Expanded: $ARGUMENTS')
    const { code, stdout, stderr } = await exec('/go now')
    expect([code, stdout]).toEqual([0, 'recovered\n'])
    expect(stderr).not.toMatch(/reconnect|fall|error/i)
    expect(said(upstream.turns.at(-1))).toEqual(['Expanded: now'])
    expect(upstream.turns.at(-1)?.via).toBe('ws')
  })

  it('closes behind every single response are silent', async () => {
    await start((n) => ({ complete, socket }) => {
      complete([n < 5 ? call(n) : says('to the end')])
      socket.close(1000)
    })
    const { code, stdout, stderr } = await exec('hello')
    expect([code, stdout]).toEqual([0, 'to the end\n'])
    expect(stderr).not.toMatch(/reconnect|fall|error/i)
    expect(upstream.turns.map(({ via }) => via)).toEqual(Array(6).fill('ws'))
  })

  it('a message of 20 MB arrives', async () => {
    await start(() => [says('y'.repeat(20_000_000))])
    const { code, stdout } = await exec('hello')
    expect([code, stdout.length]).toEqual([0, 20_000_001])
  })

  it('codex that is killed leaves no connection to the server', async () => {
    await start(
      () =>
        ({ send, id }) =>
          send({ type: 'response.created', response: { id } }),
    )
    const running = lab.run(CODEX_PLUS, ['exec', 'hello'], { timeoutMs: scaled(3000) })
    await expect.poll(() => upstream.turns.length, { timeout: scaled(20_000) }).toBe(1)
    await running
    await expect.poll(() => upstream.closes.length, { timeout: scaled(5000) }).toBe(1)
  })
})

describe('sub-agents', () => {
  it('have sockets of their own, and a fork holds the expansion', async () => {
    const agents = (): SeenTurn[] =>
      upstream.turns.filter(({ body }) => JSON.stringify(body.client_metadata).includes('collab_spawn'))
    await start((n, { headers, body }) => {
      if (headers['x-openai-subagent'] !== undefined || JSON.stringify(body.client_metadata).includes('collab_spawn')) {
        return [says('from the sub-agent')]
      }
      // codex ends its sub-agents with the turn: it goes on once the sub-agent has asked.
      if (n > 0) {
        return async ({ complete }) => {
          await expect.poll(() => agents().length, { timeout: scaled(20_000) }).toBeGreaterThan(0)
          complete([says('the answer')])
        }
      }
      const args = JSON.stringify({ task_name: 'look', message: 'look around', fork_turns: 'all' })
      const spawn = { id: 'fc_1', call_id: 'call_1', namespace: 'collaboration', name: 'spawn_agent', arguments: args }
      return [{ type: 'function_call', ...spawn }]
    })
    lab.write('.claude/commands/go.md', 'Expanded: $ARGUMENTS')
    expect((await exec('/go now')).code).toBe(0)
    expect(agents().length).toBeGreaterThan(0)
    for (const agent of agents()) {
      expect(agent.via).toBe('ws')
      expect(said(agent)[0]).toBe('Expanded: now')
      expect(JSON.stringify(agent.full)).not.toContain('/go now')
    }
    expect(new Set(upstream.turns.map(({ socket }) => socket)).size).toBeGreaterThan(1)
  })
})

describe('the TUI', () => {
  const open = async (): Promise<Screen> => {
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/OpenAI Codex/)
    return screen
  }
  const turn = async (line: string, shows: RegExp): Promise<void> => {
    await screen?.enter(line)
    await screen?.waitFor(shows)
  }

  it('goes on over one socket, through commands, local answers and a model of a command', LOST_KEYS, async () => {
    await start((n) => [says(`reply number ${n} ends`)])
    lab.write('.claude/commands/go.md', 'Expanded: $ARGUMENTS')
    lab.write('.claude/commands/strong.md', '---\nmodel: gpt-6-astra\n---\nStrong words')
    await open()
    await turn('/help', /commands/i)
    await turn('/go first', /reply number 0 ends/)
    await turn('a plain one', /reply number 1 ends/)
    await turn('/help', /commands/i)
    await turn('another plain one', /reply number 2 ends/)
    const users = upstream.turns
    expect(users.map(({ via }) => via)).toEqual(['ws', 'ws', 'ws'])
    expect(new Set(users.map(({ socket }) => socket)).size).toBe(1)
    expect(users.every(({ body }) => body.previous_response_id !== undefined)).toBe(true)
    expect(said(users[2])).toEqual(['Expanded: first', 'a plain one', 'another plain one'])

    await turn('/strong', /reply number 3 ends/)
    await turn('the last one', /reply number 4 ends/)
    expect(users.slice(3).map(({ body, via }) => [via, body.model])).toEqual([
      ['ws', 'gpt-6-astra'],
      ['ws', users[0]?.body.model],
    ])
    // Neither the model nor what it was asked before fits the chain: codex sends everything, silently.
    expect(users.slice(3).map(({ body }) => body.previous_response_id)).toEqual([undefined, undefined])
    expect(said(users[4])).toEqual([
      'Expanded: first',
      'a plain one',
      'another plain one',
      'Strong words',
      'the last one',
    ])
    expect(screen?.bytes()).not.toMatch(/reconnect/i)
  })

  it('steers a running turn', LOST_KEYS, async () => {
    let interrupted: (() => void) | null = null
    await start((n) =>
      n === 0
        ? (reply) => {
            reply.send({ type: 'response.created', response: { id: reply.id } })
            interrupted = () => reply.complete([says('cut short')])
          }
        : [says('steered to the end')],
    )
    await open()
    await screen?.enter('begin')
    await expect.poll(() => upstream.turns.length, { timeout: scaled(20_000) }).toBe(1)
    await screen?.enter('rather this')
    await expect.poll(() => upstream.others.length, { timeout: scaled(20_000) }).toBe(1)
    expect(JSON.parse(upstream.others[0] ?? '')).toMatchObject({ type: 'response.interrupt' })
    ;(interrupted as unknown as () => void)()
    await screen?.waitFor(/steered to the end/)
    expect(said(upstream.turns[1])).toEqual(['begin', 'rather this'])
    expect(upstream.turns[1]?.body.previous_response_id).toBeDefined()
  })

  it('does not show that the server closes its sockets between turns', LOST_KEYS, async () => {
    await start((n) => [says(`reply number ${n} ends`)])
    await open()
    await turn('one', /reply number 0 ends/)
    for (const socket of upstream.sockets) socket.close(1001)
    await turn('two', /reply number 1 ends/)
    expect(screen?.bytes()).not.toMatch(/reconnect/i)
    expect(said(upstream.turns[1])).toEqual(['one', 'two'])
  })

  it('drops the server’s connection on Esc, and goes on', LOST_KEYS, async () => {
    await start((n) =>
      n === 0 ? ({ send, id }) => send({ type: 'response.created', response: { id } }) : [says('after Esc')],
    )
    await open()
    await screen?.enter('one')
    await expect.poll(() => upstream.turns.length, { timeout: scaled(20_000) }).toBe(1)
    const before = upstream.closes.length
    screen?.send('\x1b')
    await expect.poll(() => upstream.closes.length, { timeout: scaled(10_000) }).toBeGreaterThan(before)
    await turn('two', /after Esc/)
    expect(said(upstream.turns[1])).toEqual(['one', 'two'])
  })
})
