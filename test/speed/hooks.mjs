// What hooks and rules cost: a tool call through the bridge and the engine, a request through pre_input, an event through post_output.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { BRIDGE_VARIABLE, bridgeCommand } from '../../dist/hooks/codex/bridge/bridge-command.js'
import { nativeEvents } from '../../dist/hooks/codex/bridge/codex-events.js'
import { hookOverrides } from '../../dist/hooks/codex/bridge/hook-overrides.js'
import { openProxyHooks } from '../../dist/hooks/proxy-hooks/open-proxy-hooks.js'
import { silentLog } from '../../dist/log/log.js'
import { paired, summary, table } from './measure.mjs'

/** Runs the benchmark of hooks. */
export async function bench({ rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'codex-plus-bench-hooks-'))
  try {
    await benchBridge(folder, rounds)
    await benchWire(folder, rounds)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function benchBridge(folder, rounds) {
  const hooks = { PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: ':' }] }] }
  const permissions = { deny: ['Bash(rm -rf:*)', 'Edit(vault/**)', 'Read(./.env)'], allow: ['Bash(npm:*)'] }
  const long = 'x'.repeat(500)
  const withHooks = await benchCalls(join(folder, 'hooks'), { hooks }, rounds, [
    ['Bash, one hook', 'Bash', long],
    ['another tool, no hook matches', 'view_image', long],
  ])
  const withRules = await benchCalls(join(folder, 'rules'), { permissions }, rounds, [
    ['Bash, four rules and no hook', 'Bash', `npm test && cat a.txt | grep ${long}`],
  ])
  table(
    'A tool call through the bridge and the engine, ms (p50 / p99; from the start of the hook’s shell to its end)',
    ['call', 'whole', "the hook's own", 'added by us', 'of it over a bare shell'],
    [...withHooks.rows, ...withRules.rows],
  )
  table(
    `A session of ${SESSION} calls of Bash with one hook, s (in sequence; \`alone\`: the same hook without codex-plus)`,
    ['whole', 'alone', 'added', 'added a call, ms'],
    [withHooks.session],
  )
  const { overrides } = hookOverrides(nativeEvents(new Set()), () => '', [])
  console.log(`\nevents without hooks and rules: ${overrides.length} hooks given to codex, no process`)
}

/** Measures calls under the settings of a folder of its own. */
async function benchCalls(folder, settings, rounds, calls) {
  mkdirSync(join(folder, '.claude'), { recursive: true })
  writeFileSync(join(folder, '.claude/settings.json'), JSON.stringify(settings))
  const server = spawn(process.execPath, [fileURLToPath(new URL('hooks-server.mjs', import.meta.url)), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, HOME: folder },
  })
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  const base = (await lines.next()).value
  const command = bridgeCommand(process.env)
  const rows = []
  for (const [name, tool, text] of calls) {
    const file = join(folder, 'payload.json')
    const payload = { session_id: 's', turn_id: 't', cwd: folder, tool_name: tool, tool_input: { command: text } }
    writeFileSync(file, JSON.stringify(payload))
    const [whole, own, shell] = [[], [], []]
    for (let round = 0; round < rounds + 5; round += 1) {
      const alone = await time(':', file, {})
      const ms = await time(command('PreToolUse', 'open'), file, { [BRIDGE_VARIABLE]: base })
      // Where no hook runs, the engine's time is not one of a hook.
      const child = Number((await lines.next()).value)
      if (round < 5) continue
      whole.push(ms)
      own.push(settings.hooks && tool === 'Bash' ? child : 0)
      shell.push(alone)
    }
    rows.push([
      name,
      summary(whole),
      summary(own),
      summary(paired(whole, own)),
      summary(paired(paired(whole, own), shell)),
    ])
  }
  const session = settings.hooks && (await benchSession(command('PreToolUse', 'open'), base, folder, lines))
  server.stdin.end()
  return { rows, session }
}

/** How many calls of tools a long session has. */
const SESSION = 120

/** A session as a whole, and the same hook called by a shell alone; one call of each in turn. */
async function benchSession(command, base, folder, lines) {
  const file = join(folder, 'payload.json')
  writeFileSync(file, JSON.stringify({ session_id: 's', turn_id: 't', cwd: folder, tool_name: 'Bash', tool_input: {} }))
  let [whole, alone] = [0, 0]
  for (let call = 0; call < SESSION; call += 1) {
    whole += await time(command, file, { [BRIDGE_VARIABLE]: base })
    await lines.next()
    alone += await time('/bin/sh -c :', file, {})
  }
  const added = whole - alone
  return [whole / 1000, alone / 1000, added / 1000, added / SESSION].map((value) => value.toFixed(2))
}

/** How long a shell command takes, in ms; its input is a file, as codex gives its hooks no socket. */
function time(command, file, env) {
  return new Promise((resolve) => {
    const begun = performance.now()
    const stdio = [openSync(file, 'r'), 'ignore', 'inherit']
    spawn('/bin/bash', ['-c', command], { stdio, env: { ...process.env, ...env } }).on('close', () =>
      resolve(performance.now() - begun),
    )
  })
}

async function benchWire(folder, rounds) {
  const files = ['pre_input', 'post_output'].map((kind) => ({ kind, path: join(folder, `${kind}.mjs`), program: null }))
  writeFileSync(files[0].path, 'export const preInput = ({ prompt }) => ({ prompt: prompt + "!" })')
  writeFileSync(
    files[1].path,
    "export const postOutput = (event) => { if (event.type === 'response.output_text.delta') event.delta += '' }",
  )
  const place = { folder, env: process.env, budgetMs: 5000, log: silentLog }
  const hooks = await openProxyHooks({ files, ...place, say: (line) => console.error(line) })
  const rows = []
  for (const size of [20_000, 80_000]) {
    const message = { type: 'message', id: 'm', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }
    const filler = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'x'.repeat(size) }] }
    const request = { model: 'm', stream: true, input: [filler, message] }
    const samples = []
    for (let round = 0; round < rounds * 5; round += 1) {
      const begun = performance.now()
      await hooks.preInput[0].run({ hook: 'pre_input', model: 'm', prompt: 'hello', request })
      if (round >= rounds) samples.push(performance.now() - begun)
    }
    rows.push([`pre_input, a request of ${size / 1000} KB`, summary4(samples)])
  }
  const events = Array.from({ length: rounds * 50 }, (_, n) => ({
    type: 'response.output_text.delta',
    data: JSON.stringify({
      type: 'response.output_text.delta',
      item_id: 'i',
      output_index: 0,
      content_index: 0,
      delta: `word ${n} `,
    }),
  }))
  const samples = []
  let last = performance.now()
  async function* source() {
    for (const event of events) {
      last = performance.now()
      yield event
    }
  }
  for await (const _ of hooks.postOutput[0](source(), { model: 'm' })) samples.push(performance.now() - last)
  rows.push(['post_output, an event', summary4(samples.slice(rounds))])
  await hooks.close()
  table('In-process hooks, ms (p50 / p99)', ['what', 'added'], rows)
}

function summary4(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))].toFixed(4)
  return `${at(0.5)} / ${at(0.99)}`
}
