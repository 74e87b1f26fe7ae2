import { spawn } from 'node:child_process'
import { createConnection, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Reply, type ScriptedUpstream, says, sse, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'
import { CODEX, CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { expectNothingLeft } from './processes.js'

let upstream: ScriptedUpstream
let lab: Lab
/** What the upstream does to the first request; every later one is answered. */
let fault: Reply

beforeEach(async () => {
  upstream = await startScriptedUpstream((n) => (n === 0 ? fault : [says('the answer')]))
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
afterEach(async () => {
  lab.remove()
  await upstream.close()
})

const whole = sse('resp_1', [says('half an answer')])
const begin = { 'content-type': 'text/event-stream' }

describe('an upstream that fails once: codex retries, and never takes a broken stream for a finished one', () => {
  it.each<[name: string, fault: Reply]>([
    ['reset before the headers', (response) => void response.socket?.resetAndDestroy()],
    ['closed before the headers', (response) => void response.socket?.destroy()],
    [
      'reset in the middle of an event',
      (response) => {
        response
          .writeHead(200, begin)
          .write(whole.slice(0, 120), () => setTimeout(() => response.socket?.resetAndDestroy(), 50))
      },
    ],
    [
      'ended cleanly in the middle of an event',
      (response) => void response.writeHead(200, begin).end(whole.slice(0, 120)),
    ],
    [
      'ended cleanly without a terminal event',
      (response) => void response.writeHead(200, begin).end(whole.split('event: response.completed')[0]),
    ],
    ['502', (response) => void response.writeHead(502).end('bad gateway')],
    [
      '503 with a JSON body',
      (response) =>
        void response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"later"}}'),
    ],
  ])('%s', async (_name, reply) => {
    fault = reply
    const result = await lab.run(CODEX_PLUS, ['exec', 'hello'])
    expect(result.stdout).toBe('the answer\n')
    expect(result.code).toBe(0)
    expect(upstream.turns).toHaveLength(2)
    // The retry asks the same thing again.
    expect(JSON.stringify(upstream.turns[1]?.body.input)).toContain('hello')
    await expectNothingLeft(lab)
  })

  it('slow bytes arrive as they come', async () => {
    fault = async (response) => {
      response.writeHead(200, begin)
      for (let offset = 0; offset < whole.length; offset += 40) {
        response.write(whole.slice(offset, offset + 40))
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
      response.end()
    }
    const result = await lab.run(CODEX_PLUS, ['exec', 'hello'])
    expect(result.stdout).toBe('half an answer\n')
    expect(upstream.turns).toHaveLength(1)
  })

  it.each<[status: number, body: string]>([
    [400, '{"error":{"type":"invalid_request_error","message":"the model said no"}}'],
    [429, '{"error":{"type":"usage_limit_reached","plan_type":"plus","resets_at":1999999999}}'],
  ])('%i passes unchanged, and codex says what it says without us', async (status, body) => {
    fault = (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    const plus = await lab.run(CODEX_PLUS, ['exec', 'hello'])
    upstream.turns.length = 0
    const bare = await lab.run(CODEX, ['exec', 'hello'])
    const errors = (text: string): string[] => text.split('\n').filter((line) => /^ERROR|limit|said no/.test(line))
    expect(errors(plus.stderr)).toEqual(errors(bare.stderr).filter((line) => !line.includes('responses_websocket')))
    expect(plus.code).toBe(bare.code)
  })
})

describe('codex-plus is ended', () => {
  it.each(['SIGTERM', 'SIGKILL', 'SIGHUP'] as const)('by %s, in the middle of a stream', async (signal) => {
    let aborted = false
    fault = (response) => {
      response.writeHead(200, begin).write(whole.slice(0, 120))
      response.on('close', () => {
        aborted = true
      })
    }
    const child = spawn(process.execPath, [CODEX_PLUS, 'exec', 'hello'], {
      cwd: lab.project,
      env: lab.env,
      stdio: 'ignore',
    })
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_code, by) => resolve(by)))
    await expect.poll(() => upstream.turns.length, { timeout: scaled(20000) }).toBe(1)
    child.kill(signal)
    expect(await ended).toBe(signal)
    await expect.poll(() => aborted, { timeout: scaled(20000) }).toBe(true)
    await expectNothingLeft(lab)
  })
})

describe('several codex-plus at once', () => {
  it.each([2, 10])(
    '%i of them, each with its own prompt and answer',
    async (count) => {
      fault = [says('the answer')]
      const labs = Array.from({ length: count }, () => makeLab('apikey', `openai_base_url = "${upstream.url}"`))
      const results = await Promise.all(
        labs.map((own, n) => own.run(CODEX_PLUS, ['exec', `prompt number ${n};`], { timeoutMs: 100_000 })),
      )
      for (const own of labs) own.remove()
      expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: count }, () => 'the answer\n'))
      const prompts = upstream.turns.map(({ body }) => /prompt number (\d+);/.exec(JSON.stringify(body.input))?.[1])
      expect(prompts.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n))
    },
    120_000,
  )
})

describe('no server at all', () => {
  it('is an error that codex shows, with what to look at', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as { port: number }
    await new Promise((resolve) => closed.close(resolve))
    await expect(
      new Promise((_resolve, reject) => createConnection(port, '127.0.0.1').on('error', reject)),
    ).rejects.toThrow(/ECONNREFUSED/)
    const child = spawn(
      process.execPath,
      [CODEX_PLUS, '--plus-upstream', `http://127.0.0.1:${port}/v1`, 'exec', '--json', 'hello'],
      {
        cwd: lab.project,
        env: lab.env,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    let output = ''
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
    })
    await expect.poll(() => output, { timeout: scaled(20000) }).toMatch(/Reconnecting|could not be reached/)
    child.kill('SIGTERM')
    await expectNothingLeft(lab)
  })
})
