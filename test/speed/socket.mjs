// What the proxy adds to a frame of codex's WebSocket: time to the first event by the length of the history, the delay of
// each event, and memory over many steps.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { requestBody, THREAD, TURN } from './body.mjs'
import { interleave, noise, paired, percentile, summary, table } from './measure.mjs'
import { residentMegabytes } from './memory.mjs'

async function start(program, args) {
  const child = spawn(process.execPath, [new URL(program, import.meta.url).pathname, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { line: String(line).trim(), child, stop: () => child.stdin.end() }
}

const metadata = { thread_id: THREAD, turn_id: TURN, request_kind: 'turn', thread_source: 'user', model: 'm' }

/** A socket in codex's place that chains its requests. */
async function openThread(address) {
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/responses`, {
    perMessageDeflate: false,
    headers: { 'thread-id': THREAD },
    maxPayload: 1 << 28,
  })
  await once(socket, 'open')
  let previous
  let count = 0
  const ask = (input, events = 0) =>
    new Promise((resolve, reject) => {
      const frame = JSON.stringify({
        type: 'response.create',
        model: 'm',
        stream: true,
        ...(previous && { previous_response_id: previous }),
        input,
        client_metadata: { 'x-codex-turn-metadata': JSON.stringify(metadata) },
        events,
      })
      let first
      const lags = []
      const listen = (message) => {
        const now = process.hrtime.bigint()
        first ??= Number(now - begun) / 1e6
        const text = message.toString()
        const at = /"at":"(\d+)"/.exec(text)?.[1]
        if (at) lags.push(Number(now - BigInt(at)) / 1e6)
        if (text.includes('"error"')) reject(new Error(text))
        if (!text.includes('response.completed')) return
        socket.off('message', listen)
        previous = JSON.parse(text).response.id
        resolve({ first, lags })
      }
      socket.on('message', listen)
      const begun = process.hrtime.bigint()
      socket.send(frame)
    })
  return {
    ask,
    step() {
      count += 1
      const output = `${count} ${'some output of a tool\n'.repeat(20)}`
      return ask([{ type: 'function_call_output', id: `fco_${count}`, call_id: `call_x${count}`, output }])
    },
    close: () => socket.terminate(),
  }
}

/** Added time to the first event, delay of an event, and memory. */
export async function bench({ rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  const upstream = await start('socket-upstream.mjs', [])
  const direct = `http://127.0.0.1:${upstream.line}/v1`
  const proxy = await start('socket-proxy.mjs', [direct, folder])
  try {
    const rows = []
    for (const [name, kilobytes, prompt] of [
      ['no history', 0, 'hello'],
      ['300 KB of history', 300, 'hello'],
      ['300 KB of history, a command in it', 300, '/cmd now'],
      ['2 MB of history', 2048, 'hello'],
      ['2 MB of history, a command in it', 2048, '/cmd now'],
    ]) {
      const threads = await Promise.all([direct, direct, proxy.line].map((address) => openThread(address)))
      const { input } = requestBody({ prompt, bytes: kilobytes * 1024 })
      for (const thread of threads) await thread.ask(input)
      const [straight, again, through] = threads
      const samples = await interleave(
        {
          straight: async () => (await straight.step()).first,
          again: async () => (await again.step()).first,
          through: async () => (await through.step()).first,
        },
        rounds,
      )
      rows.push([
        name,
        summary(samples.straight),
        summary(samples.through),
        summary(paired(samples.through, samples.straight)),
        noise(samples.straight, samples.again),
      ])
      for (const thread of threads) thread.close()
    }
    table(
      `A frame of a tool's output, ${rounds} rounds: time to the first event`,
      ['history', 'straight', 'through codex-plus', 'added', 'noise'],
      rows,
    )
    await benchLag(direct, proxy.line, Math.max(4, Math.round(rounds / 12)))
    await benchMemory(proxy)
  } finally {
    for (const process of [proxy, upstream]) process.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function benchLag(direct, through, rounds) {
  const ways = { straight: direct, again: direct, 'through codex-plus': through }
  const lags = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  const threads = Object.fromEntries(
    await Promise.all(Object.entries(ways).map(async ([name, address]) => [name, await openThread(address)])),
  )
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, thread] of Object.entries(threads)) lags[name].push(...(await thread.ask([], 50)).lags)
  }
  const added = (name, p) => (percentile(lags[name], p) - percentile(lags.straight, p)).toFixed(2)
  table(
    `Delay of one event at a 5 ms cadence, ${rounds * 50} events a way`,
    ['way', 'lag', 'added'],
    Object.entries(lags).map(([name, values]) => [name, summary(values), `${added(name, 0.5)} / ${added(name, 0.99)}`]),
  )
  for (const thread of Object.values(threads)) thread.close()
}

/** Steps of 500 bytes each on one socket: what is kept is the history, once. */
async function benchMemory(proxy) {
  const thread = await openThread(proxy.line)
  const { input } = requestBody({ prompt: '/cmd now', bytes: 64 * 1024 })
  await thread.ask(input)
  const rows = []
  for (let steps = 0; steps <= 1000; steps += 1) {
    if (steps % 200 === 0) rows.push([steps, residentMegabytes(proxy.child.pid)?.toFixed(0) ?? 'not on this system'])
    await thread.step()
  }
  table('Memory of the proxy over steps on one socket (MB resident)', ['steps', 'RSS'], rows)
  thread.close()
}
