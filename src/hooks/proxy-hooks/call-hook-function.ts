import type { AnswerCall } from '../../worker/worker-messages.js'

/** One call of a hook module. */
export interface HookCall {
  readonly url: string
  /** `load` checks whether the module exports the function named in `json`; `end` drops the state of a response. */
  readonly call: 'load' | 'preInput' | 'postOutput' | 'end'
  readonly json: string
  /** The number of the response that an event belongs to, and its model. */
  readonly response?: number
  readonly model?: string
}

/** The result of a call: JSON texts, or null if nothing changed. */
export type HookCallResult = readonly string[] | null

/** The state of each response. One thread runs one module. */
const responses = new Map<number | undefined, { model: string; state: Record<string, unknown> }>()

type HookFunction = (value: unknown, context?: unknown) => unknown
let loaded: Promise<Record<string, unknown>> | undefined

/** Runs a call in the worker thread of a hook module. */
export const answerCall: AnswerCall<HookCall> = async (message): Promise<HookCallResult> => {
  if (message.call === 'end') {
    responses.delete(message.response)
    return null
  }
  loaded ??= import(message.url) as Promise<Record<string, unknown>>
  const exports = await loaded
  if (message.call === 'load') return [find(exports, message.json) ? 'true' : 'false']
  const hook = find(exports, message.call)
  if (hook === undefined) return null
  const value: unknown = JSON.parse(message.json)
  if (message.call === 'preInput') return await preInput(hook, value as Record<string, unknown>)
  const response = responses.get(message.response) ?? { model: message.model ?? '', state: {} }
  responses.set(message.response, response)
  return await postOutput(hook, value, message.json, response)
}

/** Runs preInput; its result is the returned object merged with changes made in place. */
async function preInput(hook: HookFunction, input: Record<string, unknown>): Promise<HookCallResult> {
  const returned = await hook(input)
  const answered = typeof returned === 'object' && returned !== null ? (returned as Record<string, unknown>) : {}
  const { prompt, request } = input
  return [JSON.stringify({ prompt, request, ...answered })]
}

/** Runs postOutput. Returning nothing keeps the event with changes made in place, null drops it, a list replaces it. */
async function postOutput(
  hook: HookFunction,
  event: unknown,
  json: string,
  response: unknown,
): Promise<HookCallResult> {
  const returned = await hook(event, response)
  if (returned === null || returned === false) return []
  const events = Array.isArray(returned) ? (returned as unknown[]) : [returned ?? event]
  const texts = events.map((value) => JSON.stringify(value))
  // Compare with the re-serialized original: the server's JSON formatting may differ from JSON.stringify.
  return texts.length === 1 && texts[0] === JSON.stringify(JSON.parse(json)) ? null : texts
}

function find(exports: Record<string, unknown>, name: string): HookFunction | undefined {
  const fallback = exports.default
  const inside =
    typeof fallback === 'object' && fallback !== null ? (fallback as Record<string, unknown>)[name] : fallback
  const hook = exports[name] ?? inside
  return typeof hook === 'function' ? (hook as HookFunction) : undefined
}
