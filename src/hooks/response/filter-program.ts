import type { EventFlow } from '../../stream/event-flow.js'
import { isTerminal, type ResponseEvent } from '../../stream/truncation.js'
import type { ProxyHookFile } from '../proxy-hooks/find-proxy-hooks.js'
import { type ProgramContext, type RunningProgram, startProgram } from '../proxy-hooks/hook-program.js'
import { eventOf } from './enforce-end.js'

/** The progress of a filter. */
interface Progress {
  /** Events that were written to the filter and, as far as can be determined, not answered yet. */
  readonly unanswered: ResponseEvent[]
  failure: string | null
}

/**
 * Runs a post_output filter on one response: NDJSON in, NDJSON out, at its own pace. If it fails, or does not end within
 * `budgetMs` ms after the last event, the unanswered events are forwarded unchanged.
 */
export async function* throughFilter(
  flow: EventFlow,
  file: ProxyHookFile,
  context: ProgramContext & { readonly budgetMs: number },
  onFailure: (why: string) => void,
  signal: AbortSignal,
): EventFlow {
  const running = startProgram(file, context)
  const progress: Progress = { unanswered: [], failure: null }
  const output = linesOf(running)
  const input = flow[Symbol.asyncIterator]()
  const fail = (why: string): void => {
    progress.failure ??= why
    running.stop()
  }
  if (signal.aborted) running.stop()
  signal.addEventListener('abort', running.stop, { once: true })
  let timer: NodeJS.Timeout | undefined
  const startTimer = (): void => {
    timer ??= setTimeout(() => fail(`it did not end within ${context.budgetMs} ms`), context.budgetMs)
  }
  try {
    let [incoming, answer] = [nextOf(input), nextOf(output)]
    let [fed, read] = [false, false]
    while (!read) {
      const first = await Promise.race(fed ? [answer] : [incoming, answer])
      if (first.from === input) {
        if (first.result.done) {
          fed = true
          running.child.stdin.end()
          startTimer()
          continue
        }
        const event = first.result.value as ResponseEvent
        progress.unanswered.push(event)
        if (!running.child.stdin.destroyed && !running.child.stdin.write(`${event.data}\n`)) {
          await drained(running, context.budgetMs, fail)
        }
        incoming = nextOf(input)
        continue
      }
      read = first.result.done === true
      if (read) break
      const event = readLine(first.result.value as string, fail)
      // Output after an invalid line is ignored.
      if (event !== null && progress.failure === null) {
        removeAnswered(progress.unanswered, event)
        yield event
      }
      answer = nextOf(output)
    }
    if (signal.aborted) return
    startTimer()
    const problem = progress.failure ?? (await running.ended)
    // A filter that forwarded the terminal event has processed all events before it.
    if (problem === null && fed && !progress.unanswered.some(({ type }) => isTerminal(type))) return
    onFailure(problem ?? 'it ended before the response did')
    yield* progress.unanswered.splice(0)
    if (fed) return
    const rest = await incoming
    if (rest.result.done) return
    yield rest.result.value as ResponseEvent
    for (let next = await input.next(); !next.done; next = await input.next()) yield next.value
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', running.stop)
    running.stop()
    await input.return?.()
  }
}

interface Next {
  readonly from: AsyncIterator<unknown>
  readonly result: IteratorResult<unknown>
}

async function nextOf(from: AsyncIterator<unknown>): Promise<Next> {
  return { from, result: await from.next() }
}

/** Yields the output lines of a filter until its stdout closes. */
async function* linesOf({ child: { stdout } }: RunningProgram): AsyncGenerator<string> {
  const lines: string[] = []
  let rest = ''
  let open = true
  let wake = (): void => {}
  stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.filter((line) => line.trim() !== ''))
    wake()
  })
  stdout.once('close', () => {
    open = false
    if (rest.trim() !== '') lines.push(rest)
    wake()
  })
  while (open || lines.length > 0) {
    yield* lines.splice(0)
    if (!open || lines.length > 0) continue
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

function readLine(line: string, fail: (why: string) => void): ResponseEvent | null {
  try {
    return eventOf(line)
  } catch {
    fail('it printed a line that is not an event')
    return null
  }
}

/** Removes the event that an output event answers, and all before it, from the unanswered events. */
function removeAnswered(unanswered: ResponseEvent[], answer: ResponseEvent): void {
  const number = sequenceOf(answer)
  const at = unanswered.findIndex((event) =>
    number === null ? event.type === answer.type : sequenceOf(event) === number,
  )
  if (at !== -1) unanswered.splice(0, at + 1)
}

function sequenceOf({ data }: ResponseEvent): number | null {
  const digits = /"sequence_number"\s*:\s*(\d+)/.exec(data)?.[1]
  return digits === undefined ? null : Number(digits)
}

async function drained({ child }: RunningProgram, budgetMs: number, fail: (why: string) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      fail(`it has read nothing for ${budgetMs} ms`)
      done()
    }, budgetMs)
    const done = (): void => {
      clearTimeout(timer)
      child.stdin.off('drain', done).off('close', done)
      resolve()
    }
    child.stdin.on('drain', done).on('close', done)
  })
}
