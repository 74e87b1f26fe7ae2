import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { JsonObject } from '../../src/request/request-body.js'
import type { ScriptedUpstream } from '../fixtures/upstream/scripted.js'
import type { Lab } from './lab.js'

/** The program of an installed MCP server. */
function programOf(name: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'dist/index.js')
}
export const EVERYTHING = programOf('@modelcontextprotocol/server-everything')
export const FILESYSTEM = programOf('@modelcontextprotocol/server-filesystem')

/** Writes `.mcp.json`, and settings that allow all of its servers unless others are given. */
export function configure(lab: Lab, servers: object, settings?: object): void {
  const allow = Object.keys(servers).map((name) => `mcp__${name}`)
  lab.write('.mcp.json', JSON.stringify({ mcpServers: servers }))
  lab.write('.claude/settings.json', JSON.stringify(settings ?? { permissions: { allow } }))
}

/** A call of an MCP tool in code mode, whose whole result is printed. */
export function codeCall(n: number, tool: string, input: object): JsonObject {
  const code = `const r = await tools.${tool}(${JSON.stringify(input)}); text(JSON.stringify(r))`
  return { type: 'custom_tool_call', id: `ctc_${n}`, call_id: `call_${n}`, name: 'exec', input: code }
}

/** The same as a classic model does it. */
export function classicCall(n: number, namespace: string, name: string, input: object): JsonObject {
  const base = { type: 'function_call', id: `fc_${n}`, call_id: `call_${n}` }
  return { ...base, namespace, name, arguments: JSON.stringify(input) }
}

/** A classic model searches for a tool before it calls it. */
export function searches(query: string): JsonObject {
  return { type: 'tool_search_call', id: 'ts', call_id: 'c', execution: 'client', arguments: { query, limit: 5 } }
}

/** A command that gives slow servers time: codex itself waits a second for them, and finds them with the next request. */
export function callsSleep(seconds = 1.5): JsonObject {
  const input = `const r = await tools.exec_command({cmd: "sleep ${seconds}", yield_time_ms: 30000}); text(r.output)`
  return { type: 'custom_tool_call', id: 'ctc_s', call_id: 'call_s', name: 'exec', input }
}

/** The texts of the last output in the n-th request. */
export function lastOutput(upstream: ScriptedUpstream, n: number): string[] {
  const input = (upstream.turns[n]?.body.input ?? []) as JsonObject[]
  const item = input.findLast(({ type }) => String(type).endsWith('_output'))
  return ((item?.output ?? []) as Array<{ text: string }>).map(({ text }) => text)
}
