// What the MCP gateway costs: a call through it, codex's start with servers configured, and an idle server.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { interleave, noise, paired, summary, table, timed } from './measure.mjs'

const program = new URL('../../bin/codex-plus.js', import.meta.url).pathname
const fixture = new URL('../fixtures/mcp/server.mjs', import.meta.url).pathname

/** Measures calls, starts and memory. */
export async function bench({ rounds }) {
  await benchCalls(Math.max(rounds, 100))
  await benchStart(Math.min(rounds, 30))
  await benchMemory()
}

/** A call of a tool that answers at once: by its program directly, and through the gateway of another process. */
async function benchCalls(rounds) {
  const gateway = await startGateway(1)
  const connect = async (transport) => {
    const client = new Client({ name: 'bench', version: '0' })
    await client.connect(transport)
    return client
  }
  const direct = await connect(new StdioClientTransport({ command: process.execPath, args: [fixture] }))
  const through = await connect(new StreamableHTTPClientTransport(new URL(`${gateway.base}/mcp/s0`)))
  const call = (client) => () => timed(() => client.callTool({ name: 'echo', arguments: { text: 'hi' } }))
  try {
    const samples = await interleave(
      { direct: call(direct), 'direct, again': call(direct), gateway: call(through) },
      rounds,
      20,
    )
    table(
      `A tool call, ${rounds} rounds; noise ${noise(samples.direct, samples['direct, again'])}`,
      ['way', 'total', 'added'],
      [
        ['directly, over stdio', summary(samples.direct), ''],
        ['through the gateway', summary(samples.gateway), summary(paired(samples.gateway, samples.direct))],
      ],
    )
  } finally {
    await Promise.all([direct.close(), through.close()])
    gateway.stop()
  }
}

/** From the start of codex-plus to the start of codex, which is a program here that notes the time and ends. */
async function benchStart(rounds) {
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  const codex = join(root, 'bin', 'codex')
  const note = join(root, 'note')
  mkdirSync(join(root, 'bin'))
  writeFileSync(
    codex,
    `#!/usr/bin/env node
if (process.argv.includes('exec')) require('node:fs').writeFileSync(${JSON.stringify(note)}, String(process.hrtime.bigint()))
else console.log('codex-cli 0.169.0')
`,
  )
  chmodSync(codex, 0o755)
  const entry = { command: process.execPath, args: [fixture] }
  const servers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`s${index}`, entry]))
  for (const name of ['none', 'five', 'codex-home']) mkdirSync(join(root, name))
  const trust = ['none', 'five'].map((name) => `[projects."${join(root, name)}"]\ntrust_level = "trusted"\n`)
  writeFileSync(join(root, 'codex-home/config.toml'), trust.join(''))
  writeFileSync(join(root, 'five/.mcp.json'), JSON.stringify({ mcpServers: servers }))
  const path = `${join(root, 'bin')}:${process.env.PATH}`
  const env = { PATH: path, HOME: root, CODEX_HOME: join(root, 'codex-home') }
  const start = (name) => () => {
    const begun = process.hrtime.bigint()
    spawnSync(process.execPath, [program, 'exec', 'hi'], { cwd: join(root, name), env, stdio: 'ignore' })
    return Number(BigInt(readFileSync(note, 'utf8')) - begun) / 1e6
  }
  try {
    const samples = await interleave({ none: start('none'), again: start('none'), five: start('five') }, rounds, 2)
    table(
      `From codex-plus to codex, ${rounds} rounds; noise ${noise(samples.none, samples.again)}`,
      ['servers', 'total', 'added'],
      [
        ['none', summary(samples.none), ''],
        ['five over stdio', summary(samples.five), summary(paired(samples.five, samples.none))],
      ],
    )
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What an idle server adds to our own process; its program weighs what it weighs. */
async function benchMemory() {
  const weights = []
  for (const count of [1, 11]) {
    const gateway = await startGateway(count)
    weights.push(Number(await gateway.ask()))
    gateway.stop()
  }
  const [one, eleven] = weights
  table(
    'Memory of the process that holds the gateway (MB, RSS)',
    ['one idle server', 'eleven', 'for each further one'],
    [[one.toFixed(1), eleven.toFixed(1), ((eleven - one) / 10).toFixed(2)]],
  )
}

async function startGateway(count) {
  const path = new URL('mcp-gateway.mjs', import.meta.url).pathname
  const child = spawn(process.execPath, ['--expose-gc', path, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value: base } = await lines.next()
  return {
    base,
    async ask() {
      child.stdin.write('\n')
      return (await lines.next()).value
    },
    stop: () => child.stdin.end(),
  }
}
