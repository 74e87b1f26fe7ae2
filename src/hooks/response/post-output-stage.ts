// This folder runs the post_output hooks on the event streams of model responses.
import type { Log } from '../../log/log.js'
import { readTurn, type Turn } from '../../prompt/turn.js'
import type { Reshape } from '../../proxy/exchange.js'
import type { EventFlow } from '../../stream/event-flow.js'
import { isTerminal, type ResponseEvent } from '../../stream/truncation.js'
import type { HookThread } from '../proxy-hooks/hook-thread.js'
import { enforceEnd, eventOf, observeFlow } from './enforce-end.js'
import { createFinalTexts } from './final-text.js'

/** One post_output hook: transforms the events of one response. */
export type PostOutputHook = (flow: EventFlow, answer: AnswerContext) => EventFlow

export interface AnswerContext {
  readonly model: string
  /** Aborted when codex gives the request up. */
  readonly signal: AbortSignal
}

export interface PostOutputOptions {
  /** Returns the hooks of the folder that a turn works in. */
  hooksOf(turn: Turn): readonly PostOutputHook[]
  readonly log: Log
  say(line: string): void
}

/** Creates the step that passes the events of responses to user turns through the post_output hooks. */
export function createPostOutput({ hooksOf, log, say }: PostOutputOptions): Reshape {
  return (request, answer) => {
    const turn = readTurn(request.headers)
    if (!turn?.ofUser) return null
    const hooks = hooksOf(turn)
    if (hooks.length === 0) return null
    const source = answer.events()
    if (source === null) {
      say(`post_output hooks were skipped for a response: codex-plus cannot decode its encoding '${answer.encoding}'.`)
      return null
    }
    let terminal: ResponseEvent | null = null
    const finalTexts = createFinalTexts(say)
    const note = (event: ResponseEvent): void => {
      finalTexts.note(event)
      if (isTerminal(event.type)) terminal = event
    }
    let flow = observeFlow(source, note)
    for (const hook of hooks) flow = hook(flow, { model: turn.model ?? '', signal: request.signal })
    log.debug('hooks.post_output', { turn: turn.turnId })
    return finalTexts.through(enforceEnd(flow, () => terminal, say))
  }
}

/** Passes events to a module one by one. After a failure, that event and the rest of the response stay unchanged. */
export function throughModule(thread: HookThread, onFailure: (why: string) => void): PostOutputHook {
  let responses = 0
  return async function* modified(flow, { model }) {
    responses += 1
    const response = responses
    let failed = false
    try {
      for await (const event of flow) {
        if (failed || !event.data.startsWith('{')) {
          yield event
          continue
        }
        try {
          const texts = await thread.call({ call: 'postOutput', json: event.data, response, model })
          const events = texts === null ? [event] : texts.map(eventOf)
          yield* events
        } catch (error) {
          failed = true
          onFailure(error instanceof Error ? error.message : String(error))
          yield event
        }
      }
    } finally {
      void thread.call({ call: 'end', json: '', response }).catch(() => {})
    }
  }
}
