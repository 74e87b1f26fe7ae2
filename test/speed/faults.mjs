// What a fault of the connection to the model's server becomes: every toxic at every moment over each transport, with the
// real codex. `npm run bench faults 1` takes one moment of each toxic.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { makeHome, processesOf } from './app-server.mjs'
import { PLUS } from './codex-runs.mjs'

const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n'
const LAST = '0\r\n\r\n'
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** A whole answer as one chunked response. */
function answer(text) {
  const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text }] }
  const events = [
    { type: 'response.created', response: { id: 'resp_1' } },
    { type: 'response.output_item.done', output_index: 0, item },
    {
      type: 'response.completed',
      response: { id: 'resp_1', usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } },
    },
  ]
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  return `${HEAD}${body.map(chunk).join('')}${LAST}`
}

const WHOLE = Buffer.from(answer('the first answer'))
/** Where in the response a toxic begins, as an offset. */
const MOMENTS = {
  'before the headers': 0,
  'in the headers': 30,
  'in an event': HEAD.length + 150,
  'after the last event': WHOLE.length - LAST.length,
}

/** What happens to the rest of a response, as in toxiproxy. */
const TOXICS = {
  async latency(socket, rest) {
    await sleep(1000)
    socket.end(rest)
  },
  async bandwidth(socket, rest) {
    for (let at = 0; at < rest.length; at += 40) {
      socket.write(rest.subarray(at, at + 40))
      await sleep(20)
    }
    socket.end()
  },
  async slicer(socket, rest) {
    for (let at = 0; at < rest.length; at += 3) {
      socket.write(rest.subarray(at, at + 3))
      await sleep(1)
    }
    socket.end()
  },
  async slow_close(socket, rest) {
    socket.write(rest)
    await sleep(1000)
    socket.end()
  },
  async timeout(socket) {
    await sleep(2000)
    socket.end()
  },
  limit_data: (socket) => socket.end(),
  reset_peer: (_socket, _rest, raw) => raw.resetAndDestroy(),
}

/** A TLS server that does `fault` to the first model request and serves the others. */
async function startServer({ key, cert }, state) {
  /** The TCP connections, by the port of the other side: one under TLS cannot be reset. */
  const raws = new Map()
  const server = tls.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
    let text = ''
    socket.on('error', () => {})
    socket.setNoDelay(true).on('data', (data) => {
      text += data.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (end === -1 || text.length < end + 4 + length) return
      const head = text.slice(0, end)
      text = ''
      if (!/^POST \S*\/responses[ ?]/.test(head)) {
        const body = '{"models":[]}'
        return socket.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        )
      }
      state.requests += 1
      if (state.requests === 1) void state.fault(socket, raws.get(socket.remotePort))
      else socket.end(answer('the second answer'))
    })
  })
  server.on('connection', (raw) => {
    raws.set(raw.remotePort, raw)
    raw.on('error', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Runs `exec` once; says how it ended and what it left. */
async function run(flags, { root, project, env }) {
  const child = spawn(process.execPath, [PLUS, ...flags, 'exec', '--skip-git-repo-check', 'hello'], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stdout.on('data', (data) => {
    printed += data
  })
  child.stderr.resume()
  const [code] = await once(child, 'exit')
  const deadline = Date.now() + 5000
  while (processesOf(root).length > 0 && Date.now() < deadline) await sleep(20)
  return { code, printed: printed.trim(), left: processesOf(root).length }
}

export async function bench({ rounds, tls: files }) {
  console.log(
    '\nfaults: what becomes of a turn. whole: one request; again: codex asked a second time, and has that answer',
  )
  const state = { requests: 0, fault: () => {} }
  const server = await startServer(files, state)
  const { port } = server.address()
  const home = makeHome('http://127.0.0.1:9/v1')
  const env = { ...home.env, CODEX_CA_CERTIFICATE: files.authority }
  const moments = Object.entries(MOMENTS).slice(0, rounds < 4 ? rounds : undefined)
  let wrong = 0
  let left = 0
  let runs = 0
  try {
    for (const transport of ['cycletls', 'native']) {
      console.log(`  ${`over ${transport}`.padEnd(15)}${moments.map(([name]) => name.padEnd(22)).join('')}`)
      for (const [toxic, act] of Object.entries(TOXICS)) {
        const cells = []
        for (const [moment, at] of moments) {
          state.requests = 0
          state.fault = async (socket, raw) => {
            if (at > 0) socket.write(WHOLE.subarray(0, at))
            if (at > 0) await sleep(80)
            await act(socket, WHOLE.subarray(at), raw)
          }
          const flags = ['--plus-transport', transport, '--plus-upstream', `https://localhost:${port}/v1`]
          const result = await run(flags, { ...home, env })
          const breaks = ['timeout', 'limit_data', 'reset_peer'].includes(toxic) && moment !== 'after the last event'
          const wanted = breaks ? 'the second answer' : 'the first answer'
          const good = result.code === 0 && result.printed === wanted && state.requests === (breaks ? 2 : 1)
          runs += 1
          left += result.left
          wrong += good ? 0 : 1
          cells.push(good ? (breaks ? 'again' : 'whole') : `WRONG ${result.code} ${result.printed} ${state.requests}`)
        }
        console.log(`  ${toxic.padEnd(15)}${cells.map((cell) => cell.padEnd(22)).join('')}`)
      }
    }
    console.log(`  ${runs} runs of codex: ${wrong} ended otherwise than they should, ${left} processes left`)
    if (wrong + left > 0) process.exitCode = 1
  } finally {
    server.close()
    rmSync(home.root, { recursive: true, force: true, maxRetries: 5 })
  }
}
