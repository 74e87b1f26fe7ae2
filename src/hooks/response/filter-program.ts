import { isTerminal, type ResponseEvent } from '../../stream/truncation.js'
import type { ProxyHookFile } from '../proxy-hooks/find-proxy-hooks.js'
import { type ProgramContext, type RunningProgram, startProgram } from '../proxy-hooks/hook-program.js'
import { type EventFlow, eventOf } from './event-flow.js'

/** What a filter has and has not been through with. */
interface Progress {
  /** Events it was given and has not answered, as far as that can be told. */
  readonly open: ResponseEvent[]
  failure: string | null
}

/**
 * Runs a post_output filter over one answer: NDJSON in, NDJSON out, in its own time. Where it fails, or does not end in
 * `budgetMs` after the last event, the events it has not answered go on as they were.
 */
export async function* throughFilter(
  flow: EventFlow,
  file: ProxyHookFile,
  place: ProgramContext & { readonly budgetMs: number },
  onFailure: (why: string) => void,
): EventFlow {
  const running = startProgram(file, place)
  const progress: Progress = { open: [], failure: null }
  const output = linesOf(running)
  const input = flow[Symbol.asyncIterator]()
  const fail = (why: string): void => {
    progress.failure ??= why
    running.kill()
  }
  let timer: NodeJS.Timeout | undefined
  const lateAfter = (): void => {
    timer ??= setTimeout(() => fail(`it did not end within ${place.budgetMs} ms`), place.budgetMs)
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
          lateAfter()
          continue
        }
        const event = first.result.value as ResponseEvent
        progress.open.push(event)
        if (!running.child.stdin.destroyed && !running.child.stdin.write(`${event.data}\n`)) {
          await drained(running, place.budgetMs, fail)
        }
        incoming = nextOf(input)
        continue
      }
      read = first.result.done === true
      if (read) break
      const event = readLine(first.result.value as string, fail)
      // What it prints after a bad line is not taken any more.
      if (event !== null && progress.failure === null) {
        take(progress.open, event)
        yield event
      }
      answer = nextOf(output)
    }
    lateAfter()
    const problem = progress.failure ?? (await running.ended)
    // One that lets the end through has had its say about all that came before it.
    if (problem === null && fed && !progress.open.some(({ type }) => isTerminal(type))) return
    onFailure(problem ?? 'it ended before the answer did')
    yield* progress.open.splice(0)
    if (fed) return
    const rest = await incoming
    if (rest.result.done) return
    yield rest.result.value as ResponseEvent
    for (let next = await input.next(); !next.done; next = await input.next()) yield next.value
  } finally {
    clearTimeout(timer)
    running.kill()
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

/** The lines a filter prints; they end when its output does, or when it is taken away. */
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
    fail('it printed a line that is no event')
    return null
  }
}

/** Takes the event that an answer is for, and those before it, from the list of open ones. */
function take(open: ResponseEvent[], answer: ResponseEvent): void {
  const number = sequenceOf(answer)
  const at = open.findIndex((event) => (number === null ? event.type === answer.type : sequenceOf(event) === number))
  if (at !== -1) open.splice(0, at + 1)
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
