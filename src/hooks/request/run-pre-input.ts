import { isObject } from '../../json.js'
import type { JsonObject } from '../../request/request-body.js'
import type { ProxyHookFile } from '../proxy-hooks/find-proxy-hooks.js'
import { type ProgramContext, startProgram } from '../proxy-hooks/hook-program.js'
import type { HookThread } from '../proxy-hooks/hook-thread.js'

/** The input of a pre_input hook. */
export interface PreInput {
  readonly hook: 'pre_input'
  readonly model: string
  /** The newest text of the user. */
  readonly prompt: string
  readonly request: JsonObject
}

/** The output of a pre_input hook: a new prompt, a new request, or the reason to block the message. */
export interface PreInputAnswer {
  readonly prompt?: string
  readonly request?: JsonObject
  readonly block?: string
}

/** Output limit of a filter, in characters. */
const LIMIT = 256 * 1024 * 1024

/** Runs one pre_input hook; rejects with a readable message if it fails, times out or returns invalid output. */
export async function runPreInput(
  file: ProxyHookFile,
  thread: HookThread | null,
  input: PreInput,
  context: ProgramContext & { readonly budgetMs: number },
  signal: AbortSignal,
): Promise<PreInputAnswer> {
  const json = JSON.stringify(input)
  const text = thread
    ? ((await thread.call({ call: 'preInput', json })) ?? [])[0]
    : await filter(file, `${json}\n`, context, signal)
  return checkAnswer(text ?? '', input.request)
}

async function filter(
  file: ProxyHookFile,
  input: string,
  context: ProgramContext & { readonly budgetMs: number },
  signal: AbortSignal,
): Promise<string> {
  const { child, ended, stop } = startProgram(file, context)
  let output = ''
  let stopped: string | null = null
  const end = (why: string): void => {
    stopped = why
    stop()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.length > LIMIT) end('it printed more than 256 MB')
  })
  child.stdin.end(input)
  const timer = setTimeout(() => end(`it took longer than ${context.budgetMs} ms`), context.budgetMs)
  const cancel = (): void => end('it was cancelled')
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const problem = await ended
  clearTimeout(timer)
  signal.removeEventListener('abort', cancel)
  // Also what the filter left in the background.
  stop()
  const failure = stopped ?? problem
  if (failure !== null) throw new Error(failure)
  return output
}

/** Validates an answer: a changed request must keep what codex and the server rely on. Throws if it is invalid. */
function checkAnswer(text: string, before: JsonObject): PreInputAnswer {
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
