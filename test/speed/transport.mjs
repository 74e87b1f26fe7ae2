// What the proxy adds to a request: time to the first byte by body size, and the delay of each streamed event.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { interleave, noise, paired, percentile, summary, table } from './measure.mjs'
import { residentMegabytes } from './memory.mjs'

/** Starts a program of this folder; resolves with its first line and a function that ends it. */
async function start(program, args, env = {}) {
  const child = spawn(process.execPath, [new URL(program, import.meta.url).pathname, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const [line] = await once(child.stdout, 'data')
  return { line: String(line).trim(), child, stop: () => child.stdin.end() }
}

/** Posts `body`; resolves with the ms to the first byte of the answer's body, and the lag of each event in ms. */
function post(url, body, agent, ca) {
  return new Promise((resolve, reject) => {
    const begun = process.hrtime.bigint()
    const { request } = url.startsWith('https') ? https : http
    const outgoing = request(url, {
      method: 'POST',
      agent,
      ca,
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'content-length': body.length },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let first
      const lags = []
      response.on('data', (bytes) => {
        const now = process.hrtime.bigint()
        first ??= Number(now - begun) / 1e6
        for (const [, at] of bytes.toString().matchAll(/"at":"(\d+)"/g)) lags.push(Number(now - BigInt(at)) / 1e6)
      })
      response.on('error', reject)
      response.on('end', () => resolve({ first, lags }))
    })
    outgoing.end(body)
  })
}

/** A body of the size and kind of a codex request. */
function bodyOf(bytes) {
  const text = 'Fix the failing test in the parser, and say why it failed. '.repeat(Math.ceil(bytes / 59))
  return Buffer.from(JSON.stringify({ model: 'm', input: [{ role: 'user', content: text.slice(0, bytes - 60) }] }))
}

/** Added time to first byte and event lag, against a direct call to the same loopback TLS upstream. */
export async function bench({ rounds, tls }) {
  const upstream = await start('upstream.mjs', [tls.key, tls.cert])
  const base = `https://localhost:${upstream.line}/v1`
  const trust = { CODEX_CA_CERTIFICATE: tls.authority }
  const native = await start('proxy.mjs', ['native', base], trust)
  const cycletls = await start('proxy.mjs', ['cycletls', base], trust)
  const kept = await start('proxy.mjs', ['cycletls-kept', base], trust)
  const ca = readFileSync(tls.authority)
  const warm = new https.Agent({ keepAlive: true })
  const fresh = new https.Agent({ keepAlive: false, maxCachedSessions: 0 })
  const local = new http.Agent({ keepAlive: true })
  const ways = {
    'direct, kept alive': (path, body) => post(base + path, body, warm, ca),
    'the same again': (path, body) => post(base + path, body, warm, ca),
    'native proxy': (path, body) => post(native.line + path, body, local),
    'direct, fresh connection': (path, body) => post(base + path, body, fresh, ca),
    'fresh again': (path, body) => post(base + path, body, fresh, ca),
    'cycletls proxy': (path, body) => post(cycletls.line + path, body, local),
    'cycletls, helper kept': (path, body) => post(kept.line + path, body, local),
  }
  try {
    for (const kilobytes of [20, 80, 400]) await benchFirstByte(ways, kilobytes, rounds)
    await benchLag(ways, Math.max(2, Math.round(rounds / 12)))
    const row = (name, pid) => [name, residentMegabytes(pid)?.toFixed(0) ?? 'not on this system']
    table(
      'Memory after these requests (MB resident)',
      ['process', 'RSS'],
      [row('proxy, native', native.child.pid), row('proxy, cycletls', cycletls.child.pid)],
    )
  } finally {
    for (const agent of [warm, fresh, local]) agent.destroy()
    for (const process of [native, cycletls, kept, upstream]) process.stop()
  }
}

async function benchFirstByte(ways, kilobytes, rounds) {
  const body = bodyOf(kilobytes * 1024)
  const variants = Object.fromEntries(
    Object.entries(ways).map(([name, way]) => [name, async () => (await way('/responses', body)).first]),
  )
  const samples = await interleave(variants, rounds)
  const added = (name, baseline) => summary(paired(samples[name], samples[baseline]))
  table(
    `Time to first byte, ${kilobytes} KB body, ${rounds} rounds`,
    ['way', 'total', 'added', 'noise of the baseline'],
    [
      row('direct, kept alive', '', noise(samples['direct, kept alive'], samples['the same again'])),
      row('native proxy', added('native proxy', 'direct, kept alive'), ''),
      row('direct, fresh connection', '', noise(samples['direct, fresh connection'], samples['fresh again'])),
      row('cycletls proxy', added('cycletls proxy', 'direct, fresh connection'), ''),
      row('cycletls, helper kept', added('cycletls, helper kept', 'direct, fresh connection'), ''),
      ['a helper for each request', '', added('cycletls proxy', 'cycletls, helper kept'), ''],
    ],
  )
  function row(name, difference, spread) {
    return [name, summary(samples[name]), difference, spread]
  }
}

/** Each event carries the time it was written, one clock for all processes; the streams of all ways take turns. */
async function benchLag(ways, rounds) {
  const body = bodyOf(20 * 1024)
  const lags = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way] of Object.entries(ways)) lags[name].push(...(await way('/responses?events=50', body)).lags)
  }
  const added = (name, p) => percentile(lags[name], p) - percentile(lags['direct, kept alive'], p)
  table(
    `Delay of one event at a 5 ms cadence, ${rounds * 50} events a way`,
    ['way', 'lag', 'added'],
    Object.entries(lags).map(([name, values]) => [
      name,
      summary(values),
      name.startsWith('direct') ? '' : `${added(name, 0.5).toFixed(2)} / ${added(name, 0.99).toFixed(2)}`,
    ]),
  )
}
