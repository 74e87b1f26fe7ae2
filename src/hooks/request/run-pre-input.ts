import type { JsonObject } from '../../request/request-body.js'
import type { ProxyHookFile } from '../proxy-hooks/find-proxy-hooks.js'
import { type ProgramContext, startProgram } from '../proxy-hooks/hook-program.js'
import type { HookThread } from '../proxy-hooks/hook-thread.js'
import { checkAnswer, type PreInputAnswer } from './check-pre-input-answer.js'

/** The input of a pre_input hook. */
export interface PreInput {
  readonly hook: 'pre_input'
  readonly model: string
  /** The newest text of the user. */
  readonly prompt: string
  readonly request: JsonObject
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
