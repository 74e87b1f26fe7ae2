// What recording sessions adds to a request, to each event of its answer, and to memory over a thousand turns.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requestBody, THREAD, TURN, TURN_HEADERS } from './body.mjs'
import { interleave, noise, paired, percentile, summary, table } from './measure.mjs'
import { residentMegabytes } from './memory.mjs'

/** A proxy that records beside two that do not, in front of the same upstream. */
export async function bench({ rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  const agent = new http.Agent({ keepAlive: true })
  const started = []
  const start = async (program, args) => {
    const child = spawn(process.execPath, [new URL(program, import.meta.url).pathname, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    started.push(child)
    const [line] = await once(child.stdout, 'data')
    return { url: String(line).trim(), pid: child.pid }
  }
  try {
    const upstream = await start('upstream.mjs', [])
    const base = `http://127.0.0.1:${upstream.url}/v1`
    const plain = await start('proxy.mjs', ['native', base])
    const again = await start('proxy.mjs', ['native', base])
    const recording = await start('proxy.mjs', ['native', base, folder])
    const ways = { plain: plain.url, again: again.url, recording: recording.url }
    const rows = []
    for (const kilobytes of [80, 400, 2048]) rows.push(await benchRequest(ways, agent, kilobytes, rounds))
    table(
      `A request with five new tool outputs, ${rounds} rounds: from its first byte to the last of its answer`,
      ['body', 'without', 'added by recording', 'noise of the baseline'],
      rows,
    )
    await benchEvents(ways, agent, Math.max(4, Math.round(rounds / 10)))
    await benchMemory({ plain, recording }, agent)
    const files = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
    console.log(`\nwritten: ${files.length} files, ${(files.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1)} MB`)
  } finally {
    agent.destroy()
    for (const child of started) child.stdin.end()
    await Promise.all(started.map((child) => once(child, 'exit')))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A request of a turn of its own: a prompt and five tool outputs that were not seen before, after its history. */
function newTurn(kilobytes, thread = THREAD) {
  const body = requestBody({ prompt: 'why does the test of the parser fail?', bytes: kilobytes * 1024 })
  for (let n = 0; n < 5; n += 1) {
    const call = { type: 'function_call_output', call_id: randomUUID(), output: `${n} `.repeat(1500) }
    body.input.push({ ...call, internal_chat_message_metadata_passthrough: { turn_id: TURN } })
  }
  const turn = randomUUID()
  const headers = TURN_HEADERS.map(([name, value]) => [name, value.replaceAll(TURN, turn).replaceAll(THREAD, thread)])
  return { bytes: Buffer.from(JSON.stringify(body).replaceAll(TURN, turn)), headers: Object.fromEntries(headers) }
}

/** Sends one request; resolves with the time it took and the lag of each event, in ms. */
function post(url, { bytes, headers }, agent) {
  return new Promise((resolve, reject) => {
    const begun = performance.now()
    const options = { method: 'POST', agent, headers: { ...headers, 'content-length': bytes.length } }
    const outgoing = http.request(url, options, (response) => {
      const lags = []
      response.on('data', (part) => {
        const now = process.hrtime.bigint()
        for (const [, at] of part.toString().matchAll(/"at":"(\d+)"/g)) lags.push(Number(now - BigInt(at)) / 1e6)
      })
      response.on('end', () => resolve({ time: performance.now() - begun, lags })).on('error', reject)
    })
    outgoing.on('error', reject).end(bytes)
  })
}

async function benchRequest(ways, agent, kilobytes, rounds) {
  const variants = Object.entries(ways).map(([name, url]) => [
    name,
    async () => {
      const turn = newTurn(kilobytes)
      return (await post(`${url}/responses`, turn, agent)).time
    },
  ])
  const samples = await interleave(Object.fromEntries(variants), rounds)
  const added = summary(paired(samples.recording, samples.plain))
  return [`${kilobytes} KB`, summary(samples.plain), added, noise(samples.plain, samples.again)]
}

async function benchEvents(ways, agent, rounds) {
  const lags = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, url] of Object.entries(ways)) {
      lags[name].push(...(await post(`${url}/responses?events=50`, newTurn(80), agent)).lags)
    }
  }
  const added = (name, p) => (percentile(lags[name], p) - percentile(lags.plain, p)).toFixed(2)
  table(
    `Delay of one event at a 5 ms cadence, ${rounds * 50} events a way`,
    ['way', 'lag', 'added'],
    Object.entries(lags).map(([name, values]) => [name, summary(values), `${added(name, 0.5)} / ${added(name, 0.99)}`]),
  )
}

/** A thousand turns, in twenty threads; the memory after each hundred. */
async function benchMemory(proxies, agent) {
  const rows = Object.entries(proxies).map(([name]) => [name])
  const head = ['proxy']
  const threads = Array.from({ length: 20 }, () => randomUUID())
  for (let turn = 1; turn <= 1000; turn += 1) {
    const request = newTurn(80, threads[turn % threads.length])
    for (const { url } of Object.values(proxies)) await post(`${url}/responses`, request, agent)
    if (turn % 200 !== 0) continue
    head.push(`${turn} turns`)
    for (const [index, { pid }] of Object.values(proxies).entries())
      rows[index].push(residentMegabytes(pid)?.toFixed(0) ?? '-')
  }
  table('Memory over a thousand turns of 80 KB (MB resident)', head, rows)
}
