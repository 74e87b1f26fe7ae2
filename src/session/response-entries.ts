import type { JsonObject } from '../request/request-body.js'
import { clip, contentText, SAID_LIMIT, TOOL_LIMIT } from './entry-text.js'
import type { AnswerEntry, CallEntry, ReasoningEntry, Tokens } from './session-entry.js'

/** What one output item of an answer is in a session; null for one that says nothing to a reader. */
export function itemEntry(item: JsonObject, turn: string): AnswerEntry | ReasoningEntry | CallEntry | null {
  const type = String(item.type)
  if (type === 'message') {
    const text = clip(contentText(item.content).text, SAID_LIMIT)
    const phase = typeof item.phase === 'string' ? item.phase : null
    return { type: 'answer', turn, text, phase, local: false, partial: false }
  }
  if (type === 'reasoning') {
    const { text } = contentText(item.summary)
    return text === '' ? null : { type: 'reasoning', turn, text: clip(text, SAID_LIMIT) }
  }
  if (!type.endsWith('_call')) return null
  const call = String(item.call_id ?? item.id ?? '')
  return { type: 'call', turn, call, name: toolName(item, type), input: clip(toolInput(item), TOOL_LIMIT) }
}

/** MCP tools come with a namespace of their own, `mcp__server`; codex's own with `functions` or none. */
function toolName(item: JsonObject, type: string): string {
  // web_search_call and the like have no name but their type.
  if (typeof item.name !== 'string') return type.replace(/_call$/, '')
  const { namespace } = item
  return typeof namespace === 'string' && namespace !== 'functions' ? `${namespace}__${item.name}` : item.name
}

function toolInput(item: JsonObject): string {
  const value = item.input ?? item.arguments ?? item.action ?? ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The end of an answer: what it cost, and what went wrong. */
export interface ResponseEnd {
  readonly tokens: Tokens | null
  readonly model: string | null
  readonly error: string | null
}

/** Reads the data of a terminal event (codex-0.169 section 2.5, 2.6); text that is no JSON says nothing. */
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

/** The item of a `response.output_item.done`, or the text of a delta. */
export function parse(data: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null
  } catch {
    return null
  }
}
