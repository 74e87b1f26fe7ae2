import { isObject } from '../../json.js'
import type { JsonObject } from '../../request/request-body.js'

/** The output of a pre_input hook: a new prompt, a new request, or the reason to block the message. */
export interface PreInputAnswer {
  readonly prompt?: string
  readonly request?: JsonObject
  readonly block?: string
}

/** Validates an answer: a changed request must keep what codex and the server rely on. Throws if it is invalid. */
export function checkAnswer(text: string, before: JsonObject): PreInputAnswer {
  if (text.trim() === '') return {}
  const answer = parseObject(text)
  if (answer === null) throw new Error('its answer is not a JSON object')
  const { prompt, request, block } = answer
  if (block !== undefined && typeof block !== 'string') throw new Error('its `block` is not a string')
  if (prompt !== undefined && typeof prompt !== 'string') throw new Error('its `prompt` is not a string')
  if (request !== undefined) checkRequest(request, before)
  return answer as PreInputAnswer
}

function checkRequest(request: unknown, before: JsonObject): void {
  if (!isObject(request)) throw new Error('its `request` is not a JSON object')
  if (typeof request.model !== 'string' || request.model === '') throw new Error('its `request` has no model')
  if (request.stream !== before.stream) throw new Error('its `request` changes `stream`')
  if (!Array.isArray(request.input) || !request.input.every(isObject)) {
    throw new Error('the `input` of its `request` is not a list of objects')
  }
  const ids = new Set(request.input.map(({ id }) => id))
  const lost = messageIds(before).find((id) => !ids.has(id))
  if (lost !== undefined) throw new Error(`its \`request\` lacks the message ${lost}`)
}

function messageIds({ input }: JsonObject): string[] {
  if (!Array.isArray(input)) return []
  return (input as unknown[]).flatMap((item) =>
    isObject(item) && item.type === 'message' && item.role === 'user' && typeof item.id === 'string' ? [item.id] : [],
  )
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
