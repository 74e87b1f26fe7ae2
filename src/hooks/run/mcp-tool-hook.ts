import { isObject } from '../../json.js'
import type { ActionOf } from '../config/hook.js'
import { type HookResult, textResult } from './hook-result.js'

/** Calls a tool of an MCP server and returns its text. Rejects if the server or the tool fails. */
export type CallTool = (
  server: string,
  tool: string,
  input: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<string>

/** Runs an mcp_tool hook: the text of the tool is the output. Placeholders such as `${tool_input.command}` in the input are filled in. */
export async function runTool(
  action: ActionOf<'mcp_tool'>,
  payload: Readonly<Record<string, unknown>>,
  callTool: CallTool,
  signal: AbortSignal,
): Promise<HookResult> {
  const input = filled(action.input, payload) as Readonly<Record<string, unknown>>
  return textResult(await callTool(action.server, action.tool, input, signal))
}

function filled(value: unknown, payload: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([\w.]+)\}/g, (whole, path: string) => textAt(payload, path) ?? whole)
  }
  if (Array.isArray(value)) return value.map((entry) => filled(entry, payload))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, filled(entry, payload)]))
}

function textAt(payload: Readonly<Record<string, unknown>>, path: string): string | null {
  let value: unknown = payload
  for (const key of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return null
    value = value[key]
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
