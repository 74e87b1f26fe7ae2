import { parentPort } from 'node:worker_threads'

/** One call of a hook module. */
export interface WorkerCall {
  readonly id: number
  readonly url: string
  /** `load` asks whether the module has the function named in `json`; `end` forgets a response. */
  readonly call: 'load' | 'preInput' | 'postOutput' | 'end'
  readonly json: string
  /** The number of the model's answer that an event belongs to, and its model. */
  readonly response?: number
  readonly model?: string
}

/** How it went: JSON texts, or null where nothing was changed. An answer without an id is an error nobody waited for. */
export interface WorkerAnswer {
  readonly id: number | null
  readonly value?: readonly string[] | null
  readonly error?: string
}

// This file runs in a thread of its own: a hook that never ends, or ends the process, ends that thread alone.
const port = parentPort
const responses = new Map<number | undefined, { model: string; state: Record<string, unknown> }>()

type HookFunction = (value: unknown, context?: unknown) => unknown
let loaded: Promise<Record<string, unknown>> | undefined

async function answer(message: WorkerCall): Promise<readonly string[] | null> {
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

/** The answer of a preInput: what it returns, with what it changed in place. */
async function preInput(hook: HookFunction, input: Record<string, unknown>): Promise<readonly string[] | null> {
  const returned = await hook(input)
  const answered = typeof returned === 'object' && returned !== null ? (returned as Record<string, unknown>) : {}
  const { prompt, request } = input
  return [JSON.stringify({ prompt, request, ...answered })]
}

/** Nothing returned is the event, changed in place or not; null drops it, a list is several in its place. */
async function postOutput(
  hook: HookFunction,
  event: unknown,
  json: string,
  response: unknown,
): Promise<readonly string[] | null> {
  const returned = await hook(event, response)
  if (returned === null || returned === false) return []
  const events = Array.isArray(returned) ? (returned as unknown[]) : [returned ?? event]
  const texts = events.map((value) => JSON.stringify(value))
  // What serde wrote and what we write of an unchanged event may differ in form.
  return texts.length === 1 && texts[0] === JSON.stringify(JSON.parse(json)) ? null : texts
}

function find(exports: Record<string, unknown>, name: string): HookFunction | undefined {
  const standard = exports.default
  const inside =
    typeof standard === 'object' && standard !== null ? (standard as Record<string, unknown>)[name] : standard
  const hook = exports[name] ?? inside
  return typeof hook === 'function' ? (hook as HookFunction) : undefined
}

function send(message: WorkerAnswer): void {
  port?.postMessage(message)
}

port?.on('message', (message: WorkerCall) => {
  answer(message).then(
    (value) => send({ id: message.id, value }),
    (error: unknown) => send({ id: message.id, error: String(error) }),
  )
})
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => send({ id: null, error: String(error) }))
}
