import { isObject } from '../../json.js'
import type { Hook, HookAction } from '../config/hook.js'
import { failed, type HookReply, replied } from './hook-result.js'

type ActionOf<Type extends HookAction['type']> = Extract<HookAction, { type: Type }>

/** Asks a model for one answer; `model` null means a small one. Rejects where none came. */
export type SideCall = (prompt: string, model: string | null, signal: AbortSignal) => Promise<string>

/** Calls a tool of an MCP server and returns its text. Rejects where the server or the tool fails. */
export type CallTool = (
  server: string,
  tool: string,
  input: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<string>

/** The most an answer may be, in characters. */
const LIMIT = 4 * 1024 * 1024

/** Posts the event to a URL: 2xx with JSON is the output, 2xx without a body says nothing, all else (a redirection, too) is no answer. */
export async function runHttp(
  action: ActionOf<'http'>,
  input: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<HookReply> {
  const headers = Object.fromEntries(
    Object.entries(action.headers).map(([name, value]) => [name, fillIn(value, action.allowedEnvVars, env)]),
  )
  const response = await fetch(action.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: input,
    // What stands in the headers is for this URL alone.
    redirect: 'manual',
    signal,
  })
  const text = (await response.text()).slice(0, LIMIT)
  if (!response.ok) return failed(`was answered ${response.status}`)
  if (text.trim() === '' || isObject(parsed(text))) return replied(text)
  return failed('was answered with something that is no JSON object')
}

/** `$NAME` and `${NAME}` of the allowed variables; others are left empty. */
function fillIn(value: string, allowed: readonly string[], env: NodeJS.ProcessEnv): string {
  return value.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? ''
    return allowed.includes(name) ? (env[name] ?? '') : ''
  })
}

/** Asks a model whether the event is all right; its no is what exit code 2 is for a command. */
export async function runPrompt(
  hook: Hook,
  action: ActionOf<'prompt'>,
  input: string,
  sideCall: SideCall,
  signal: AbortSignal,
): Promise<HookReply> {
  const { prompt } = action
  const question = prompt.includes('$ARGUMENTS')
    ? prompt.replaceAll('$ARGUMENTS', () => input)
    : `${prompt}\n\nARGUMENTS: ${input}`
  const answer = await sideCall(`${question}\n\n${REPLY}`, action.model, signal)
  const value = parsed(/\{[\s\S]*\}/.exec(answer)?.[0] ?? '')
  if (!isObject(value) || typeof value.ok !== 'boolean') return failed('was not answered with {"ok": true or false}')
  if (value.ok) return replied('')
  const reason = typeof value.reason === 'string' && value.reason !== '' ? value.reason : 'the condition is not met'
  // A prompt is not blocked by it, the turn is stopped (claude-code-2.1 section 2, types).
  if (hook.event === 'UserPromptSubmit') return replied(JSON.stringify({ continue: false, stopReason: reason }))
  return replied('', 2, reason)
}

const REPLY =
  'Answer with one JSON object and nothing else: {"ok": true} if this is met or allowed, else {"ok": false, "reason": "why, in one sentence"}.'

/** Calls a tool; its text is the output. `${tool_input.command}` and the like in its input are filled in. */
export async function runTool(
  action: ActionOf<'mcp_tool'>,
  payload: Readonly<Record<string, unknown>>,
  callTool: CallTool,
  signal: AbortSignal,
): Promise<HookReply> {
  const input = filled(action.input, payload) as Readonly<Record<string, unknown>>
  return replied(await callTool(action.server, action.tool, input, signal))
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
