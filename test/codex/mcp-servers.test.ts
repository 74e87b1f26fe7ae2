import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { xdgFolder } from '../../src/paths.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { type Reply, type ScriptedUpstream, says, sse, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { fixture, isAlive, odd, until } from '../mcp/place.js'
import { CODEX_PLUS, type Lab, makeLab, type RunResult } from './lab.js'
import {
  callsSleep,
  classicCall,
  codeCall,
  configure,
  EVERYTHING,
  FILESYSTEM,
  lastOutput,
  searches,
} from './mcp-calls.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let script: (n: number) => Reply | Promise<Reply>
let screen: Screen | undefined
let remote: ChildProcess | undefined

beforeEach(async () => {
  script = () => [says('done')]
  upstream = await startScriptedUpstream(
    (n) => async (outgoing, request) => {
      const reply = await script(n)
      if (typeof reply === 'function') return await reply(outgoing, request)
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse(`resp_${n}`, reply))
    },
    { titlesApart: true },
  )
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
afterEach(async () => {
  await screen?.close()
  screen = undefined
  remote?.kill('SIGKILL')
  remote = undefined
  lab.remove()
  await upstream.close()
})

const run = (...args: string[]): Promise<RunResult> => lab.run(CODEX_PLUS, args)

/** What the server's tool answers without codex in between. */
async function direct(server: string, tool: string, input: object): Promise<JsonObject> {
  const { stdout } = await run('plus', 'mcp', 'call', server, tool, JSON.stringify(input), '--json')
  return JSON.parse(stdout) as JsonObject
}

/** Starts server-everything on a port, and waits until it listens. */
async function startRemote(transport: string): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  const child = spawn(process.execPath, [EVERYTHING, transport], { env: { ...process.env, PORT: String(port) } })
  remote = child
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (bytes: Buffer) => /port/.test(bytes.toString()) && resolve())
  })
  return port
}

/** A run in which the model first lets time pass, then calls one tool in code mode: its whole result. */
async function callThroughCodex(tool: string, input: object, seconds = 1.5): Promise<JsonObject> {
  script = (n) => [n === 0 ? callsSleep(seconds) : n === 1 ? codeCall(n, tool, input) : says('done')]
  expect(await run('exec', 'go')).toMatchObject({ code: 0, stdout: 'done\n' })
  return JSON.parse(lastOutput(upstream, 2).at(-1) ?? '') as JsonObject
}

describe('the servers of the MCP project', () => {
  it.each([
    ['http', 'streamableHttp', '/mcp'],
    ['sse', 'sse', '/sse'],
  ])('everything over %s answers as in a direct call', async (type, transport, path) => {
    const port = await startRemote(transport)
    configure(lab, { every: { type, url: `http://127.0.0.1:${port}${path}` } })
    const input = { location: 'New York' }
    const seen = await callThroughCodex('mcp__every__get_structured_content', input)
    const { content, structuredContent } = await direct('every', 'get-structured-content', input)
    expect(seen).toMatchObject({ content, structuredContent })
  })

  it('filesystem reads what it may, and is told of the working directory', async () => {
    lab.write('notes.txt', 'one\ntwo\n')
    configure(lab, { fs: { command: 'node', args: [FILESYSTEM, '.'] } })
    const input = { path: join(lab.project, 'notes.txt') }
    const seen = await callThroughCodex('mcp__fs__read_text_file', input)
    const { content } = await direct('fs', 'read_text_file', input)
    expect(seen.content).toEqual(content)
    expect(JSON.stringify(content)).toContain('one\\ntwo')
  })
})

describe('servers that misbehave, in the real codex', () => {
  // The 20 s of a really slow start are the same wait as these: codex asks for the tools once, when the server is there.
  it('one that starts late is there when it is needed, and delays neither the prompt nor the others', async () => {
    configure(lab, { late: fixture('--delay', '8000'), srv: fixture() })
    const begun = performance.now()
    let first = 0
    script = (n) => {
      if (n === 0) first = performance.now() - begun
      if (n === 1) return [codeCall(n, 'mcp__srv__echo', { text: 'early' })]
      if (n === 2) return [callsSleep(8)]
      return [n === 0 ? callsSleep(0.1) : n === 3 ? codeCall(n, 'mcp__late__echo', { text: 'hi' }) : says('done')]
    }
    expect(await run('exec', 'go')).toMatchObject({ code: 0, stdout: 'done\n' })
    expect(first).toBeLessThan(8000)
    expect(lastOutput(upstream, 2).at(-1)).toContain('echo:early')
    expect(lastOutput(upstream, 4).at(-1)).toContain('echo:hi')
  })

  it('one that dies during a call is an error for the model, and works again for the next call', async () => {
    configure(lab, { srv: fixture() })
    script = (n) => {
      if (n === 0) return [searches('die')]
      if (n === 1) return [classicCall(n, 'mcp__srv', 'die', {})]
      return [n === 2 ? classicCall(n, 'mcp__srv', 'echo', { text: 'again' }) : says('done')]
    }
    expect(await run('exec', '-m', 'gpt-5.5', 'go')).toMatchObject({ code: 0, stdout: 'done\n' })
    expect(lastOutput(upstream, 2).join('')).toContain("MCP server 'srv' ended before it answered (signal SIGKILL)")
    expect(lastOutput(upstream, 3).at(-1)).toBe('echo:again')
  })

  it('one that prints rubbish and floods answers all the same', async () => {
    configure(lab, { srv: fixture('--rubbish') })
    const seen = await callThroughCodex('mcp__srv__flood', { count: 5000 })
    expect(seen.content).toEqual([{ type: 'text', text: '5000 sent' }])
  })

  it('one with wrong tools in its list has the others, and each is named', async () => {
    configure(lab, { srv: odd('items') })
    script = (n) => [n === 0 ? callsSleep() : n === 1 ? codeCall(n, 'mcp__srv__good', {}) : says('done')]
    const { code, stdout, stderr } = await run('exec', 'go')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'done\n' })
    expect(lastOutput(upstream, 2).at(-1)).toContain('called good')
    expect(stderr).toContain(
      `codex-plus: MCP server 'srv': the tool 'hint' is ignored: "annotations.readOnlyHint" is not true or false.`,
    )
    expect(stderr.match(/the tool 'no-schema' is ignored/g)).toHaveLength(1)
  })

  it('one whose list of tools never ends delays nothing', async () => {
    configure(lab, { srv: odd('same-cursor') })
    script = (n) => [n === 0 ? callsSleep() : n === 1 ? codeCall(n, 'mcp__srv__good', {}) : says('done')]
    const { code, stderr } = await run('exec', 'go')
    expect(code).toBe(0)
    expect(lastOutput(upstream, 2).at(-1)).toContain('called good')
    expect(stderr).toContain('the server gave the cursor "again" again')
  })

  it('one that cannot be started costs itself alone', async () => {
    configure(lab, { no: { command: 'no-such-program' }, srv: fixture() })
    const seen = await callThroughCodex('mcp__srv__echo', { text: 'hi' })
    expect(seen.content).toEqual([{ type: 'text', text: 'echo:hi' }])
  })
})

describe('in the TUI', LOST_KEYS, () => {
  it('a tool is asked for as codex does, and answers', async () => {
    configure(lab, { srv: fixture() }, {})
    script = (n) => [
      n === 0 ? callsSleep(0.5) : n === 1 ? codeCall(n, 'mcp__srv__echo', { text: 'hi' }) : says('all done'),
    ]
    screen = openScreen(lab, CODEX_PLUS, ['go'])
    // codex drops keys that come before its question listens.
    await screen.waitFor((text) => {
      if (text.includes('Allow the srv MCP server')) screen?.send('\r')
      return text.includes('all done')
    })
    expect(lastOutput(upstream, 2).at(-1)).toContain('echo:hi')
    expect((await screen.leave()).exitCode).toBe(0)
  })

  it('a prompt of a server is typed like any command', async () => {
    configure(lab, { srv: fixture() })
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/Ask Codex|›/)
    // Nothing is known of the server before it has started; a person takes longer to type.
    await until(() => existsSync(join(xdgFolder('cache', lab.env), 'mcp')))
    await screen.type('/mcp__srv__greet bob')
    await screen.waitFor(/greet bob/)
    screen.send('\r')
    await screen.waitFor(/done/)
    expect(JSON.stringify(upstream.turns[0]?.body.input)).toContain('PROMPT greet {\\"who\\":\\"bob\\"}')
  })

  it('a resource is mentioned in what is typed', async () => {
    configure(lab, { srv: fixture() })
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/Ask Codex|›/)
    await screen.type('see @srv:doc://one please')
    await screen.waitFor(/one please/)
    screen.send('\r')
    await screen.waitFor(/done/)
    expect(JSON.stringify(upstream.turns[0]?.body.input)).toContain('RESOURCE doc://one')
  })

  it('a prompt of a server is expanded, and a server asks the user through codex', async () => {
    configure(lab, { srv: fixture() })
    script = (n) => [n === 0 ? callsSleep(0.5) : n === 1 ? codeCall(n, 'mcp__srv__ask', {}) : says('all done')]
    screen = openScreen(lab, CODEX_PLUS, ['/mcp__srv__greet bob'])
    await screen.waitFor(/Your name\?/)
    expect(JSON.stringify(upstream.turns[0]?.body.input)).toContain('PROMPT greet {\\"who\\":\\"bob\\"}')
    await screen.enter('Ada')
    await screen.waitFor(/all done/)
    expect(lastOutput(upstream, 2).at(-1)).toContain('Ada')
  })
})

describe('the end of codex-plus', () => {
  it('by SIGKILL leaves no server behind', async () => {
    const pidFile = join(lab.root, 'pid')
    const wrapper = join(lab.root, 'wrapper.sh')
    writeFileSync(wrapper, `echo $$ > ${pidFile}; ${process.execPath} ${fixture().args[0]} --stubborn; true`)
    configure(lab, { srv: { command: 'sh', args: [wrapper] } })
    const pids: number[] = []
    script = async (n) => {
      if (n === 0) return [callsSleep(0.5)]
      return [n === 1 ? codeCall(n, 'mcp__srv__pid', {}) : callsSleep(20)]
    }
    const child = spawn(process.execPath, [CODEX_PLUS, 'exec', 'go'], {
      cwd: lab.project,
      env: lab.env,
      stdio: 'ignore',
    })
    await until(() => upstream.turns.length >= 3)
    const result = JSON.parse(lastOutput(upstream, 2).at(-1) ?? '{}') as { content?: Array<{ text: string }> }
    pids.push(Number(result.content?.[0]?.text))
    expect(pids.map(isAlive)).toEqual([true])
    child.kill('SIGKILL')
    await until(() => !pids.some(isAlive))
  })
})
