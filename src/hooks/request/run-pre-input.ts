import { isObject } from '../../json.js'
import type { JsonObject } from '../../request/request-body.js'
import type { ProxyHookFile } from '../proxy-hooks/find-proxy-hooks.js'
import { type ProgramContext, startProgram } from '../proxy-hooks/hook-program.js'
import type { HookThread } from '../proxy-hooks/hook-thread.js'

/** What a pre_input hook is given. */
export interface PreInput {
  readonly hook: 'pre_input'
  readonly model: string
  /** The newest text of the user's. */
  readonly prompt: string
  readonly request: JsonObject
}

/** What it answers: a new prompt, a whole new request, or why nothing may be sent. */
export interface PreInputAnswer {
  readonly prompt?: string
  readonly request?: JsonObject
  readonly block?: string
}

/** The most a filter may print, in characters. */
const LIMIT = 256 * 1024 * 1024

/** Runs one pre_input hook; rejects with a sentence where it fails, takes too long or answers nonsense. */
export async function runPreInput(
  file: ProxyHookFile,
  thread: HookThread | null,
  input: PreInput,
  place: ProgramContext & { readonly budgetMs: number },
): Promise<PreInputAnswer> {
  const json = JSON.stringify(input)
  const text = thread
    ? ((await thread.call({ call: 'preInput', json })) ?? [])[0]
    : await filter(file, `${json}\n`, place)
  return checkAnswer(text ?? '', input.request)
}

async function filter(
  file: ProxyHookFile,
  input: string,
  place: ProgramContext & { readonly budgetMs: number },
): Promise<string> {
  const { child, ended, kill } = startProgram(file, place)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.length > LIMIT) kill()
  })
  child.stdin.end(input)
  let late = false
  const timer = setTimeout(() => {
    late = true
    kill()
  }, place.budgetMs)
  const problem = await ended
  clearTimeout(timer)
  // What it may have left running in its group.
  kill()
  if (late) throw new Error(`it took longer than ${place.budgetMs} ms`)
  if (problem !== null) throw new Error(problem)
  return output
}

/** Checks an answer: a request has to stay one that codex and the server know their way around in. */
function checkAnswer(text: string, before: JsonObject): PreInputAnswer {
  if (text.trim() === '') return {}
  const answer = parseObject(text)
  if (answer === null) throw new Error('its answer is no JSON object')
  const { prompt, request, block } = answer
  if (block !== undefined && typeof block !== 'string') throw new Error('its `block` is no text')
  if (prompt !== undefined && typeof prompt !== 'string') throw new Error('its `prompt` is no text')
  if (request !== undefined) checkRequest(request, before)
  return answer as PreInputAnswer
}

function checkRequest(request: unknown, before: JsonObject): void {
  if (!isObject(request)) throw new Error('its `request` is no JSON object')
  if (typeof request.model !== 'string' || request.model === '') throw new Error('its `request` has no model')
  if (request.stream !== before.stream) throw new Error('its `request` changes `stream`')
  if (!Array.isArray(request.input) || !request.input.every(isObject)) {
    throw new Error('the `input` of its `request` is no list of items')
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
