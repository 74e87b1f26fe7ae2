import type { JsonObject } from '../request/request-body.js'
import { clip, contentText, MESSAGE_LIMIT, TOOL_LIMIT } from './entry-text.js'
import type { AnswerEntry, CallEntry, ReasoningEntry, Tokens } from './session-entry.js'

/** Returns the session entry of one output item of a response; null for an item without readable content. */
export function itemEntry(item: JsonObject, turn: string): AnswerEntry | ReasoningEntry | CallEntry | null {
  const type = String(item.type)
  if (type === 'message') {
    const text = clip(contentText(item.content).text, MESSAGE_LIMIT)
    const phase = typeof item.phase === 'string' ? item.phase : null
    return { type: 'answer', turn, text, phase, local: false, partial: false }
  }
  if (type === 'reasoning') {
    const { text } = contentText(item.summary)
    return text === '' ? null : { type: 'reasoning', turn, text: clip(text, MESSAGE_LIMIT) }
  }
  if (!type.endsWith('_call')) return null
  const call = String(item.call_id ?? item.id ?? '')
  return { type: 'call', turn, call, name: toolName(item, type), input: clip(toolInput(item), TOOL_LIMIT) }
}

/** Returns a tool's name. MCP tools have a namespace, `mcp__server`; codex's own tools have `functions` or none. */
function toolName(item: JsonObject, type: string): string {
  // web_search_call and similar items have only their type.
  if (typeof item.name !== 'string') return type.replace(/_call$/, '')
  const { namespace } = item
  return typeof namespace === 'string' && namespace !== 'functions' ? `${namespace}__${item.name}` : item.name
}

function toolInput(item: JsonObject): string {
  const value = item.input ?? item.arguments ?? item.action ?? ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The tokens, model and error of a finished response. */
export interface ResponseEnd {
  readonly tokens: Tokens | null
  readonly model: string | null
  readonly error: string | null
}

/** Reads the data of a terminal event (codex-0.169 section 2.5, 2.6); all values are null when it is not JSON. */
export function readResponseEnd(data: string): ResponseEnd {
  const value = parse(data)
  const response = (value?.response ?? {}) as JsonObject
  const error = (response.error ?? value?.error ?? null) as JsonObject | null
  const reason = (response.incomplete_details as JsonObject | null | undefined)?.reason
  return {
    tokens: readTokens(response.usage),
    model: typeof response.model === 'string' ? response.model : null,
    error: error ? String(error.message ?? error.code ?? 'failed') : typeof reason === 'string' ? reason : null,
  }
}

function readTokens(usage: unknown): Tokens | null {
  if (typeof usage !== 'object' || usage === null) return null
  const { input_tokens, output_tokens, total_tokens, input_tokens_details, output_tokens_details } = usage as JsonObject
  const [input, output] = [count(input_tokens), count(output_tokens)]
  return {
    input,
    cached: count((input_tokens_details as JsonObject | null | undefined)?.cached_tokens),
    output,
    reasoning: count((output_tokens_details as JsonObject | null | undefined)?.reasoning_tokens),
    total: count(total_tokens) || input + output,
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0
}

/** Parses the data of an event; null when it is not a JSON object. */
export function parse(data: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null
  } catch {
    return null
  }
}
