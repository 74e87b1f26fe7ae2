// What a run endures: a large answer, a long silence, a stop of all its processes, and many streams at once.
// `npm run bench endure 10` takes a tenth of each size.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeHome, processesOf, startAppServer } from './app-server.mjs'
import { PLUS } from './codex-runs.mjs'

const LARGE_MB = 200
const SILENCE_S = 75
const STOP_S = 60
const STREAMS = 64
const USAGE = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
const send = (response, event) => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)

function begin(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  send(response, { type: 'response.created', response: { id: 'resp_1' } })
}

function finish(response, text = 'the answer') {
  const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text }] }
  send(response, { type: 'response.output_item.done', output_index: 0, item })
  send(response, { type: 'response.completed', response: { id: 'resp_1', usage: USAGE } })
  response.end()
}

/** A model that answers each request as `state.answer` says. */
async function startModel() {
  const state = { requests: 0, answer: (response) => void response }
  const server = http.createServer(async (request, response) => {
    request.resume()
    await once(request, 'end')
    if (request.method !== 'POST') {
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{"models":[]}')
    }
    state.requests += 1
    response.on('error', () => {})
    await state.answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { state, url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.close() }
}

/** The most memory that a process has had so far, in MB. */
function highWater(pid) {
  const size = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return size === undefined ? 0 : Number(size) / 1024
}

/** Runs `exec` once; `during` is called with its process when the model has been asked. */
async function run({ project, env }) {
  const child = spawn(process.execPath, [PLUS, 'exec', '--skip-git-repo-check', 'hello'], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let peak = 0
  child.stdout.on('data', (data) => {
    printed += data
  })
  child.stderr.resume()
  const watch = setInterval(() => {
    try {
      peak = Math.max(peak, highWater(child.pid))
    } catch {
      // It has ended.
    }
  }, 50)
  const begun = performance.now()
  const [code] = await once(child, 'exit')
  clearInterval(watch)
  return { code, printed: printed.trim(), peak, seconds: (performance.now() - begun) / 1000 }
}

export async function bench({ rounds }) {
  if (process.platform !== 'linux') return console.log('\nendure: needs /proc')
  const share = Math.min(1, rounds / 100)
  const model = await startModel()
  const home = makeHome(model.url)
  let failed = 0
  const report = (name, good, text) => {
    failed += good ? 0 : 1
    console.log(`  ${name}: ${good ? '' : 'FAILED, '}${text}`)
  }
  const once1 = async (name, answer) => {
    model.state.requests = 0
    model.state.answer = answer
    const { code, printed, peak, seconds } = await run(home)
    const good = code === 0 && printed === 'the answer' && model.state.requests === 1
    report(
      name,
      good,
      `${model.state.requests} request, ${seconds.toFixed(0)} s, RSS of codex-plus at most ${peak.toFixed(0)} MB`,
    )
  }
  console.log('\nendure: the real codex, an answer that has to arrive whole with one request')
  try {
    const megabytes = Math.max(1, Math.round(LARGE_MB * share))
    await once1(`an answer of ${megabytes} MB`, async (response) => {
      begin(response)
      const delta = 'x'.repeat(65_000)
      for (let sent = 0; sent < megabytes * 1e6; sent += delta.length) {
        const event = { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta }
        if (!send(response, event)) await once(response, 'drain')
      }
      finish(response)
    })
    const silence = Math.max(1, SILENCE_S * share)
    await once1(`${silence} s of silence in an answer`, async (response) => {
      begin(response)
      await sleep(silence * 1000)
      finish(response)
    })
    const stop = Math.max(1, STOP_S * share)
    await once1(`all of its processes stopped for ${stop} s in an answer`, async (response) => {
      begin(response)
      const stopped = processesOf(home.root)
      for (const pid of stopped) process.kill(Number(pid), 'SIGSTOP')
      await sleep(stop * 1000)
      finish(response)
      for (const pid of stopped) process.kill(Number(pid), 'SIGCONT')
    })
    await streams(Math.max(2, Math.round(STREAMS * share)), model, home, report)
    console.log(`  processes left: ${processesOf(home.root).length}`)
    if (failed > 0) process.exitCode = 1
  } finally {
    model.close()
    rmSync(home.root, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Holds so many streams open at once in one codex-plus, and ends them all. */
async function streams(count, model, home, report) {
  const open = []
  let resume
  const all = new Promise((resolve) => {
    resume = resolve
  })
  model.state.answer = async (response) => {
    begin(response)
    open.push(response)
    if (open.length === count) resume()
    await all
    finish(response)
  }
  const server = startAppServer(home)
  await server.ask('initialize', { clientInfo: { name: 'endure', version: '1' } })
  server.tell('initialized')
  const turns = await Promise.all(
    Array.from({ length: count }, async () => {
      const started = await server.ask('thread/start', { cwd: home.project, approvalPolicy: 'never' })
      const threadId = started.thread?.id
      const ended = server.turnEnded(threadId)
      await server.ask('turn/start', { threadId, input: [{ type: 'text', text: 'hello' }] })
      return await ended
    }),
  )
  const whole = turns.filter((turn) => turn?.status === 'completed').length
  const peak = highWater(server.child.pid)
  const exited = once(server.child, 'exit')
  server.child.stdin.end()
  await exited
  const deadline = Date.now() + 10_000
  while (processesOf(home.root).length > 0 && Date.now() < deadline) await sleep(50)
  const good = whole === count && open.length === count
  report(`${count} streams at once`, good, `${whole} whole, RSS of codex-plus at most ${peak.toFixed(0)} MB`)
}
