import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../src/request/request-body.js'
import type { Lab } from './lab.js'

/** The two ways codex gives tools to a model: as functions of a script, or each on its own. */
export type Mode = 'code' | 'classic'

/** The flags of a model with that mode. */
export function modeFlags(mode: Mode): string[] {
  return mode === 'classic' ? ['-m', 'gpt-5.5'] : []
}

/** The model's call of a tool, in the words of its mode. */
export function toolCall(mode: Mode, n: number, tool: string, input: JsonObject | string): JsonObject {
  const ids = { id: `fc_${n}`, call_id: `call_${n}` }
  if (mode === 'code') {
    const js = `try { text(JSON.stringify(await tools.${tool}(${JSON.stringify(input)}))) } catch (error) { text(String(error)) }`
    return { type: 'custom_tool_call', ...ids, name: 'exec', input: js }
  }
  if (typeof input === 'string') return { type: 'custom_tool_call', ...ids, name: tool, input }
  const [, server, name] = /^(mcp__[^_]+)__(.+)$/.exec(tool) ?? []
  const called = server ? { namespace: server, name } : { name: tool }
  return { type: 'function_call', ...ids, ...called, arguments: JSON.stringify(input) }
}

/** A hook that keeps its stdin and answers as it is told. */
export function hookScript(
  kept: string,
  { answer = '', exit = 0, stderr = '' }: { answer?: string; exit?: number; stderr?: string },
): string {
  return `cat >> ${kept}\nprintf '%s' '${answer}'\nprintf '%s' '${stderr}' >&2\nexit ${exit}\n`
}

/** Hooks by their events: what each matches, prints and ends with. */
export type HooksByEvent = Readonly<
  Record<string, { matcher?: string; answer?: string; exit?: number; stderr?: string }>
>

/** Configures hooks, one command an event; the command's stdin is kept as `NAME.jsonl` beside. */
export function configureHooks(lab: Lab, hooks: HooksByEvent): void {
  const settings = Object.entries(hooks).map(([event, { matcher, ...answer }]) => {
    lab.write(`.claude/${event}.sh`, hookScript(`.claude/${event}.jsonl`, answer))
    return [event, [{ ...(matcher && { matcher }), hooks: [{ type: 'command', command: `sh .claude/${event}.sh` }] }]]
  })
  lab.write('.claude/settings.json', JSON.stringify({ hooks: Object.fromEntries(settings) }))
}

/** What the hook of an event was given, call by call. */
export function givenTo(lab: Lab, event: string): JsonObject[] {
  const file = join(lab.project, `.claude/${event}.jsonl`)
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JsonObject)
}

/** What a hook prints to say something of its event. */
export function hookAnswer(event: string, fields: JsonObject): string {
  return JSON.stringify({ hookSpecificOutput: { hookEventName: event, ...fields } })
}

/** The `-c` value that adds the stub server, whose file the test writes to `mcp.mjs`. */
export function stubServer(lab: Lab): string {
  return `mcp_servers.stub={command="${process.execPath}",args=["${lab.project}/mcp.mjs"],default_tools_approval_mode="approve"}`
}

/** A stdio MCP server with a tool that echoes and one that fails. */
export const MCP_SERVER = `
import { createInterface } from 'node:readline'
const send = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
const tool = (name) => ({ name, inputSchema: { type: 'object', properties: { text: { type: 'string' } } } })
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  if (method === 'initialize') {
    const { protocolVersion } = params
    return send(id, { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'stub', version: '1' } })
  }
  if (method === 'tools/list') return send(id, { tools: [tool('echo'), tool('fail')] })
  if (method !== 'tools/call') return send(id, {})
  if (params.name === 'fail') return send(id, { content: [{ type: 'text', text: 'it is broken' }], isError: true })
  send(id, { content: [{ type: 'text', text: 'echo ' + params.arguments.text }] })
})
`
