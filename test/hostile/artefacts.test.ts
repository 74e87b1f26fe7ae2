import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/request/request-body.js'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'
import { callsSleep, codeCall, configure } from '../codex/mcp-calls.js'
import { type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { findLeaks, findStateLeaks } from '../leaks.js'
import { PLAIN, PRIVATE_KEYS, TOKENS } from './tokens.js'

/** Credentials in every place from which codex-plus records something: none of them may be in a file that it keeps. */
const KEY = PRIVATE_KEYS[1]?.[1] ?? ''
/** The value of a variable of an MCP server: no form, no name. */
const SERVER_VALUE = 'Quiet-Harbour/Lantern'

let upstream: ScriptedUpstream
let lab: Lab
let script: (n: number) => JsonObject[] | ((response: import('node:http').ServerResponse) => void)
beforeEach(async () => {
  script = () => [says('the answer')]
  upstream = await startScriptedUpstream((n) => script(n))
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
afterEach(async () => {
  lab.remove()
  await upstream.close()
})

/** The parts of credentials that are worth something. */
const SECRETS = [
  ...TOKENS.flatMap(([, token]) => token.split(/[^A-Za-z0-9]+/).filter((word) => word.length >= 16)),
  ...KEY.split('\n').filter((line) => !line.startsWith('-----')),
  PLAIN,
]
const everything = TOKENS.map(([issuer, token]) => `${issuer}: ${token}`).join('\n')
const texts = `${everything}\n${KEY}\nDEPLOY_TOKEN=${PLAIN}\nAWS_SECRET_ACCESS_KEY=${PLAIN}\n`

function callsShell(command: string): JsonObject {
  const input = `const r = await tools.exec_command({cmd: ${JSON.stringify(command)}}); text(r.output)`
  return { type: 'custom_tool_call', id: 'ctc_0', call_id: 'call_0', name: 'exec', input }
}

const flags = ['--plus-trace', '--plus-log', 'debug']

async function exportAll(): Promise<string> {
  const folder = join(lab.root, 'exports')
  mkdirSync(folder)
  const printed: string[] = []
  for (const format of ['md', 'json', 'html']) {
    const made = await lab.run(CODEX_PLUS, ['sessions', 'export', 'last', '-o', join(folder, `session.${format}`)])
    expect(made.code).toBe(0)
    printed.push((await lab.run(CODEX_PLUS, ['sessions', 'export', 'last', '--format', format])).stdout)
  }
  for (const args of [
    ['sessions', 'show', 'last', '--full'],
    ['sessions', 'list', '--json'],
    ['plus', 'trace', '--json'],
  ]) {
    printed.push((await lab.run(CODEX_PLUS, args)).stdout)
  }
  expect(readdirSync(folder)).toHaveLength(3)
  expect(findLeaks(folder, SECRETS)).toEqual([])
  return printed.join('\n')
}

describe('no credential is in what codex-plus keeps', () => {
  it('of a prompt, a call of a tool, its output, and an answer', async () => {
    lab.write('secrets.txt', texts)
    script = (n) => (n === 0 ? [callsShell(`cat secrets.txt; echo MY_TOKEN=${PLAIN}`)] : [says(`I saw:\n${texts}`)])
    const result = await lab.run(CODEX_PLUS, [...flags, 'exec', `please use\n${texts}`])
    expect(result.code).toBe(0)
    // What went over the wire is whole.
    expect(JSON.stringify(upstream.turns.at(-1)?.body)).toContain(PLAIN)
    const state = join(lab.home, '.local/state/codex-plus')
    expect(readdirSync(join(state, 'trace/requests')).length).toBeGreaterThan(0)
    expect(existsSync(join(state, 'sessions'))).toBe(true)
    expect(findStateLeaks(lab.home, SECRETS)).toEqual([])
    const printed = await exportAll()
    for (const secret of SECRETS) expect(printed).not.toContain(secret)
    expect(printed).toContain('[redacted')
  })

  it('of an error of the server', async () => {
    script = () => (response) => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: `not with ${texts}` } }))
    }
    const result = await lab.run(CODEX_PLUS, [...flags, 'exec', 'hello'])
    expect(result.code).not.toBe(0)
    expect(findStateLeaks(lab.home, SECRETS)).toEqual([])
  })

  it('of an MCP server, whatever its secret looks like: on stderr, in a result, in the words it ends with', async () => {
    const program = `
      const secret = process.env.API_KEY
      process.stderr.write('starting with ' + secret.slice(0, 5))
      setTimeout(() => process.stderr.write(secret.slice(5) + '\\nbase64 ' + Buffer.from(secret).toString('base64') + '\\nurl ' + encodeURIComponent(secret) + '\\n'), 50)
      process.stdout.write('not a message: ' + secret + '\\n')
      const send = (m) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n')
      let rest = ''
      process.stdin.on('data', (d) => {
        const lines = (rest + d).split('\\n'); rest = lines.pop()
        for (const line of lines) {
          const { id, method } = JSON.parse(line)
          if (method === 'initialize') send({ id, result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } })
          if (method === 'tools/list') send({ id, result: { tools: [{ name: 'tell', inputSchema: { type: 'object' } }] } })
          if (method === 'tools/call') { send({ id, result: { content: [{ type: 'text', text: 'it is ' + secret }] } }); setTimeout(() => { process.stderr.write('fatal: ' + 'x'.repeat(390) + secret + '\\n'); process.exit(3) }, 200) }
        }
      })`
    lab.write('server.cjs', program)
    configure(lab, {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of .mcp.json
      keeper: { command: process.execPath, args: ['server.cjs'], env: { API_KEY: '${SERVER_KEY}' } },
    })
    script = (n) => {
      if (n === 0) return [callsSleep()]
      return n === 1 ? [codeCall(1, 'mcp__keeper__tell', {})] : n === 2 ? [callsSleep(1)] : [says('done')]
    }
    const result = await lab.run(CODEX_PLUS, [...flags, 'exec', 'ask the keeper'], {
      env: { SERVER_KEY: SERVER_VALUE },
    })
    expect(result.code).toBe(0)
    // The model got it.
    expect(upstream.turns.map(({ body }) => JSON.stringify(body)).join('')).toContain(SERVER_VALUE)
    const log = readdirSync(join(lab.home, '.local/state/codex-plus/log'), { withFileTypes: true })
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
      .join('')
    expect(log).toMatch(/starting with \$\{SERVER_KEY\}/)
    expect(log).toMatch(/mcp\.ended/)
    const forms = [SERVER_VALUE, Buffer.from(SERVER_VALUE).toString('base64'), encodeURIComponent(SERVER_VALUE)]
    expect(findStateLeaks(lab.home, [...forms, SERVER_VALUE.slice(5), 'Lantern'])).toEqual([])
  })
})
