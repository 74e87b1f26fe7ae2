import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReceivedRequest } from '../fixtures/tls/upstream.js'
import { CODEX_PLUS, DUMMY_KEY, type Lab, type RunResult } from './lab.js'
import { expectNothingLeft, processesOf } from './processes.js'
import { begin, chunk, END, type Fault, MIDDLE, OPEN, respond, startTlsLab, type TlsLab, WHOLE } from './tls-lab.js'

/** The real codex, the real helper, and a TLS server on loopback that does one thing wrong to the first model request. */
let world: TlsLab
let fault: Fault
let turns: readonly ReceivedRequest[]
let lab: Lab

beforeEach(async () => {
  world = await startTlsLab((request) => fault(request))
  lab = world.lab
  turns = world.turns
})
afterEach(() => world.remove())

const run = (transport: string, ...args: string[]): Promise<RunResult> =>
  lab.run(CODEX_PLUS, [...world.flags(transport), ...args], { env: world.env })

/** Never a number below 1, which would be a signal to other processes. */
function helper(): number {
  const found = processesOf(lab).find(({ command }) => /cycletls\/dist\/index/.test(command))
  if (found === undefined) throw new Error('no helper runs')
  return found.pid
}

describe.each(['cycletls', 'native'])('over %s', (transport) => {
  const expectRetried = async (): Promise<void> => {
    const result = await run(transport, 'exec', 'hello')
    expect(result).toMatchObject({ code: 0, stdout: 'the second answer\n' })
    expect(turns).toHaveLength(2)
    await expectNothingLeft(lab)
  }
  const expectFinished = async (): Promise<void> => {
    const result = await run(transport, 'exec', 'hello')
    expect(result).toMatchObject({ code: 0, stdout: 'the first answer\n' })
    expect(turns).toHaveLength(1)
    await expectNothingLeft(lab)
  }

  it.each<[name: string, fault: Fault]>([
    ['a reset before the headers', ({ reset }) => reset()],
    ['a close before the headers', ({ socket }) => void socket.destroy()],
    [
      'a reset in the middle of the headers',
      async ({ socket, reset }) => {
        socket.write(OPEN.slice(0, 30))
        await sleep(50)
        reset()
      },
    ],
    [
      'a reset in the middle of an event',
      async (request) => {
        await begin(request, MIDDLE)
        request.reset()
      },
    ],
    [
      'a close in the middle of an event',
      async (request) => {
        await begin(request, MIDDLE)
        request.socket.end()
      },
    ],
    [
      'a close in the middle of a chunk',
      async (request) => {
        await begin(request, '')
        request.socket.end('400\r\nevent: response.crea')
      },
    ],
    [
      'an orderly end without a terminal event',
      ({ socket }) => void socket.end(Buffer.concat([Buffer.from(OPEN), chunk(MIDDLE), Buffer.from(END)])),
    ],
    ['an orderly end before the first event', ({ socket }) => void socket.end(OPEN + END)],
    [
      'fewer bytes than declared',
      ({ socket }) =>
        void socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 5000\r\n\r\n${MIDDLE}`),
    ],
    [
      'a gzip stream that is cut',
      ({ socket }) => {
        socket.write(OPEN.replace('\r\n\r\n', '\r\ncontent-encoding: gzip\r\n\r\n'))
        socket.end(Buffer.concat([chunk(gzipSync(WHOLE).subarray(0, 80)), Buffer.from(END)]))
      },
    ],
    ['no HTTP', ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
    ['500 with a body', (request) => respond(request, 500, 'application/json', '{"error":{"message":"broken"}}')],
    [
      '503 with a gzip body',
      (request) => respond(request, 503, 'text/html', gzipSync('<h1>busy</h1>'), 'content-encoding: gzip\r\n'),
    ],
  ])('%s is retried', async (_name, what) => {
    fault = what
    await expectRetried()
  })

  it.each<[name: string, fault: Fault]>([
    [
      'a reset',
      async (request) => {
        await begin(request, WHOLE)
        request.reset()
      },
    ],
    [
      'a close without the last chunk',
      async (request) => {
        await begin(request, WHOLE)
        request.socket.destroy()
      },
    ],
    ['silence', async (request) => await begin(request, WHOLE)],
    [
      'more bytes than codex waits for',
      async (request) => {
        await begin(request, `${WHOLE}data: [DONE]\n\n: bye\n\n`)
        request.socket.end(END)
      },
    ],
  ])('%s after the terminal event is an end', async (_name, what) => {
    fault = what
    await expectFinished()
  })

  it.each<[name: string, fault: Fault]>([
    [
      'before the headers',
      async ({ socket }) => {
        await sleep(1500)
        socket.end(Buffer.concat([Buffer.from(OPEN), chunk(WHOLE), Buffer.from(END)]))
      },
    ],
    [
      'in the middle of an event',
      async (request) => {
        await begin(request, MIDDLE)
        await sleep(1500)
        request.socket.end(Buffer.concat([chunk(WHOLE.slice(MIDDLE.length)), Buffer.from(END)]))
      },
    ],
    [
      'after every few bytes',
      async ({ socket }) => {
        socket.write(OPEN)
        for (let at = 0; at < WHOLE.length; at += 20) {
          socket.write(chunk(WHOLE.slice(at, at + 20)))
          await sleep(10)
        }
        socket.end(END)
      },
    ],
  ])('a server that waits %s is waited for', async (_name, what) => {
    fault = what
    await expectFinished()
  })

  it.each([
    [
      400,
      'application/json',
      '{"error":{"type":"invalid_request_error","message":"the model said no"}}',
      /the model said no/,
    ],
    [401, 'application/json', '{"error":{"message":"who are you"}}', /401|who are you|log ?in/i],
    [403, 'text/html', '<html>challenge</html>', /403/],
    [404, 'application/json', '{"error":{"message":"no such model"}}', /404|no such model/],
    [
      429,
      'application/json',
      '{"error":{"type":"usage_limit_reached","plan_type":"plus","resets_at":1999999999}}',
      /usage limit/i,
    ],
  ])('%i is told to the user', async (status, type, body, told) => {
    fault = (request) => respond(request, status, type, body)
    const result = await run(transport, 'exec', 'hello')
    // A refused key is tried once more by codex itself.
    if (turns.length === 1) expect(result).toMatchObject({ code: 1, stdout: '' })
    if (turns.length === 1) expect(result.stderr).toMatch(told)
    else expect(result.stdout).toBe('the second answer\n')
    await expectNothingLeft(lab)
  })
})

describe.each(['cycletls', 'native'])('what is written down over %s', (transport) => {
  it('holds no token, whatever goes wrong', async () => {
    fault = async (request) => {
      await begin(request, MIDDLE)
      if (transport === 'cycletls') process.kill(helper(), 'SIGKILL')
      else request.reset()
    }
    const result = await run(transport, '--plus-log', 'debug', '--plus-trace', 'exec', 'hello')
    expect(result.stdout).toBe('the second answer\n')
    expect(turns[0]?.head).toContain(DUMMY_KEY)
    const files = readdirSync(lab.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    expect(texts.join('')).toContain('"event":"proxy.request"')
    expect(texts.filter((text) => text.includes(DUMMY_KEY))).toEqual([])
    expect(result.stderr).not.toContain(DUMMY_KEY)
  })
})

describe('the helper killed with -9', () => {
  it.each<[when: string, fault: Fault]>([
    ['before the headers', () => void process.kill(helper(), 'SIGKILL')],
    [
      'in the middle of an event',
      async (request) => {
        await begin(request, MIDDLE)
        process.kill(helper(), 'SIGKILL')
      },
    ],
  ])('%s: codex retries, and a new helper serves it', async (_when, what) => {
    fault = what
    const result = await run('cycletls', 'exec', 'hello')
    expect(result).toMatchObject({ code: 0, stdout: 'the second answer\n' })
    expect(turns).toHaveLength(2)
    await expectNothingLeft(lab)
  })

  it('after the terminal event: the answer stands', async () => {
    fault = async (request) => {
      // Looked up before: codex ends at once, and the helper with it.
      const pid = helper()
      await begin(request, WHOLE)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    expect(await run('cycletls', 'exec', 'hello')).toMatchObject({ code: 0, stdout: 'the first answer\n' })
    await expectNothingLeft(lab)
  })
})
