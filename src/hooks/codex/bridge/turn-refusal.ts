import { isObject } from '../../../json.js'
import type { JsonObject } from '../../../request/request-body.js'

/** Why the model's server refused a request, in the words of Claude Code's StopFailure, and what the user is shown. */
export interface TurnRefusal {
  readonly error: 'rate_limit' | 'billing_error' | 'invalid_request' | 'server_error'
  readonly message: string
}

/** Codes of `response.failed` that codex does not retry (codex-0.169 section 2.6). */
const FINAL_CODES: Readonly<Record<string, TurnRefusal['error']>> = {
  invalid_prompt: 'invalid_request',
  cyber_policy: 'invalid_request',
  bio_policy: 'invalid_request',
  model_not_found: 'invalid_request',
  context_length_exceeded: 'invalid_request',
  insufficient_quota: 'billing_error',
  usage_not_included: 'billing_error',
  server_is_overloaded: 'server_error',
}

/** Returns the refusal in an event of a Responses stream that ends the turn; null for any other event. */
export function refusalInEvent(type: string, data: string): TurnRefusal | null {
  if (type !== 'response.failed') return null
  const response = member(parsed(data), 'response')
  const error = member(response, 'error')
  const code = String(error.code)
  const kind = Object.hasOwn(FINAL_CODES, code) ? FINAL_CODES[code] : undefined
  return kind === undefined ? null : { error: kind, message: text(error.message) || code }
}

/** Returns the refusal in a response that codex does not retry: any 400, and a 429 about the user's plan; null otherwise. */
export function refusalInResponse(status: number, body: string): TurnRefusal | null {
  if (status !== 400 && status !== 429) return null
  const error = member(parsed(body), 'error')
  const message = text(error.message) || body.trim() || `HTTP ${status}`
  if (status === 400) return { error: 'invalid_request', message }
  if (error.type === 'usage_limit_reached') return { error: 'rate_limit', message }
  return error.type === 'usage_not_included' ? { error: 'billing_error', message } : null
}

function member(value: JsonObject, key: string): JsonObject {
  const found = value[key]
  return isObject(found) ? found : {}
}

function parsed(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
