// One codex-plus for many turns of the real codex, each with a command, hooks, a shell call and a call of an MCP tool: does
// it grow? `npm run bench soak 1000` takes about half an hour.
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { dirname, join } from 'node:path'
import { makeHome, processesOf, startAppServer } from './app-server.mjs'
import { residentMegabytes } from './memory.mjs'

/** Turns of one thread: codex sends the whole thread with each request. */
const TURNS_PER_THREAD = 20
const USAGE = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }

/** An MCP server with one tool. */
const SERVER = `
import { createInterface } from 'node:readline'
const send = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize') send(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'soak', version: '1' } })
  else if (method === 'tools/list') send(id, { tools: [{ name: 'echo', inputSchema: { type: 'object', properties: { text: { type: 'string' } } } }] })
  else if (method === 'tools/call') send(id, { content: [{ type: 'text', text: 'echo ' + params.arguments.text }] })
  else if (id !== undefined) send(id, {})
})`

/** A model that calls a tool of MCP and a shell command once a turn, and then answers; it counts what arrives. */
async function startModel() {
  const counts = { requests: 0, expanded: 0, calls: 0 }
  const server = http.createServer(async (request, response) => {
    const parts = []
    for await (const part of request) parts.push(part)
    if (request.method !== 'POST') {
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{"models":[]}')
    }
    const { input = [] } = JSON.parse(Buffer.concat(parts).toString())
    counts.requests += 1
    const last = input.at(-1) ?? {}
    const done = String(last.type).endsWith('_output')
    const text = JSON.stringify(last)
    if (done && /echo soak/.test(text)) counts.calls += 1
    if (!done && text.includes('Say hello to you')) counts.expanded += 1
    const id = `resp_${counts.requests}`
    const code =
      'const r = await tools.mcp__soak__echo({text: "soak"}); const s = await tools.exec_command({cmd: "true"}); text(JSON.stringify(r))'
    const item = done
      ? {
          type: 'message',
          id: `msg_${counts.requests}`,
          role: 'assistant',
          content: [{ type: 'output_text', text: 'done' }],
        }
      : {
          type: 'custom_tool_call',
          id: `ctc_${counts.requests}`,
          call_id: `call_${counts.requests}`,
          name: 'exec',
          input: code,
        }
    const events = [
      { type: 'response.created', response: { id } },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { id, usage: USAGE } },
    ]
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { counts, url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.close() }
}

/** A home and a trusted project with a command, hooks, a pre_input hook and an MCP server. */
function makeProject(url) {
  const { root, project, env } = makeHome(url)
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const hooks = [{ hooks: [{ type: 'command', command: 'cat > /dev/null; echo >> "$HOME/hooks-ran"' }] }]
  const events = ['UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'Stop']
  const settings = {
    hooks: Object.fromEntries(events.map((event) => [event, hooks])),
    permissions: { allow: ['mcp__soak', 'Bash(echo *)'] },
  }
  write('project/.claude/settings.json', JSON.stringify(settings))
  write('project/.claude/commands/say.md', 'Say hello to $ARGUMENTS: !`echo block`')
  write('project/.claude/hooks/pre_input.mjs', 'export const preInput = () => ({})')
  write('project/server.mjs', SERVER)
  const server = { command: process.execPath, args: [join(project, 'server.mjs')] }
  write('project/.mcp.json', JSON.stringify({ mcpServers: { soak: server } }))
  return { root, project, env }
}

const descriptorsOf = (pid) => readdirSync(`/proc/${pid}/fd`).length

export async function bench({ rounds: turns }) {
  console.log(
    `\nsoak: ${turns} turns of one codex-plus, each with a command, four hooks, pre_input, a shell call, an MCP call`,
  )
  if (process.platform !== 'linux') return console.log('needs /proc')
  const model = await startModel()
  const place = makeProject(model.url)
  const server = startAppServer(place)
  const { pid } = server.child
  const rows = []
  const note = (turn) => {
    const processes = processesOf(place.root).length
    rows.push({ turn, megabytes: residentMegabytes(pid), descriptors: descriptorsOf(pid), processes })
    const { megabytes, descriptors } = rows.at(-1)
    console.log(
      `  turn ${String(turn).padStart(5)}: RSS ${megabytes.toFixed(0)} MB, ${descriptors} descriptors, ${processes} processes`,
    )
  }
  const begun = performance.now()
  try {
    await server.ask('initialize', { clientInfo: { name: 'soak', version: '1' } })
    server.tell('initialized')
    let threadId
    for (let turn = 0; turn < turns; turn += 1) {
      if (turn % TURNS_PER_THREAD === 0) {
        // codex keeps what it has loaded, with its connections to the MCP servers.
        if (threadId !== undefined) await server.ask('thread/archive', { threadId })
        const started = await server.ask('thread/start', {
          cwd: place.project,
          approvalPolicy: 'never',
          sandbox: 'danger-full-access',
        })
        threadId = started.thread?.id
        if (threadId === undefined) throw new Error(`no thread: ${JSON.stringify(started)}`)
      }
      const ended = server.turnEnded(threadId)
      const text = turn % 2 === 0 ? '/say you' : 'plain words'
      await server.ask('turn/start', { threadId, input: [{ type: 'text', text }] })
      const late = AbortSignal.timeout(120_000)
      await Promise.race([
        ended,
        once(late, 'abort').then(() => Promise.reject(new Error(`turn ${turn} does not end`))),
      ])
      if (turn === 0 || (turn + 1) % Math.max(1, Math.round(turns / 10)) === 0) note(turn + 1)
    }
    const { requests, expanded, calls } = model.counts
    const hooks = readFileSync(join(place.root, 'hooks-ran'), 'utf8').length
    console.log(`  ${requests} requests, ${expanded} commands expanded, ${calls} MCP calls, ${hooks} hooks`)
    // The first part of a run fills caches.
    const [from, to] = [rows[Math.floor(rows.length / 2)], rows.at(-1)]
    console.log(
      `  second half: RSS ${(to.megabytes - from.megabytes).toFixed(0)} MB more, ${to.descriptors - from.descriptors} descriptors more, ${to.processes - from.processes} processes more; ${((performance.now() - begun) / turns).toFixed(0)} ms a turn`,
    )
    if (calls !== turns || expanded !== Math.ceil(turns / 2)) {
      process.exitCode = 1
      console.error(`  some of it did not happen: ${server.errors().slice(-2000)}`)
    }
  } finally {
    const exited = once(server.child, 'exit')
    server.child.stdin.end()
    await exited
    const deadline = Date.now() + 10_000
    while (processesOf(place.root).length > 0 && Date.now() < deadline)
      await new Promise((done) => setTimeout(done, 50))
    console.log(`  processes left after its end: ${processesOf(place.root).length}`)
    model.close()
    rmSync(place.root, { recursive: true, force: true, maxRetries: 5 })
  }
}
