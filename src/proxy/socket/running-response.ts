import { isDeepStrictEqual } from 'node:util'
import { parseJson } from '../../json.js'
import type { InputItem } from '../../request/input-item.js'
import type { EventFlow } from '../../stream/event-flow.js'
import type { ForwardEnd } from '../../stream/forward-body.js'
import type { ResponseEvent } from '../../stream/truncation.js'
import type { Link } from './joined-websockets.js'
import type { Chain, Stages } from './request-chain.js'
import { asksForAll, completedId, endsRequest, errorStatus, ServerEvent } from './server-events.js'

/** A response that the server is giving to one request of a socket. */
export interface RunningResponse {
  /** Resolves with the first event, or when a side has ended. */
  readonly begun: Promise<void>
  /** 200, or the status of the `error` event it ended with. */
  readonly status: number
  /** Takes a message of the server's. */
  push(event: ServerEvent): void
  /** A side has ended. */
  end(side: 'codex' | 'server'): void
  /** Whether codex has got all it gets. */
  readonly over: boolean
  /** Resolves when it has. */
  readonly finished: Promise<void>
  /** The events as they arrive, for the reshapes; an `error` is none of them, it ends them. Throws where a side ends. */
  events(): EventFlow
  /** Gives the response up: nothing more of it is forwarded. */
  abandon(): void
  /** Forwards the events to codex as they arrive, or `events` in their place; `onRefused` gets an error that ends the turn. */
  forward(
    events: EventFlow | null,
    onEvent?: (event: ResponseEvent) => void,
    onRefused?: (status: number, text: string) => void,
  ): Promise<ForwardEnd>
}

/** Events of a reshaped response that wait for its hooks; more hold the server back. */
const WAITING_LIMIT = 1000

/** What a response belongs to. */
export interface ResponseOptions {
  readonly link: Link
  readonly chain: Chain
  readonly request: Stages
  /** The response before: codex gets its end first. */
  readonly before: RunningResponse | null
  /** Called when codex has got the end of the response. */
  done(): void
}

/** Starts the server's response to a request. */
export function startResponse({ link, chain, request, before, done }: ResponseOptions): RunningResponse {
  const waiting: ServerEvent[] = []
  /** What the server gave, and what codex got. */
  const [given, got]: [InputItem[], InputItem[]] = [[], []]
  let take: ((event: ServerEvent) => void) | null = null
  let gone: 'codex' | 'server' | null = null
  let over = false
  let status = 200
  let begin = (): void => {}
  let wake = (): void => {}
  let refused: ((status: number, text: string) => void) | undefined
  let finish = (): void => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })

  /** Sends an event to codex and notes what it changes for the requests to come. */
  const deliver = (event: ServerEvent): boolean => {
    link.toCodex(event.message, event.binary)
    if (event.item !== null) got.push(event.item)
    if (!endsRequest(event)) return false
    const id = completedId(event)
    if (id === null) chain.failed()
    else chain.completed(request, id, got, sameItems(given, got))
    status = errorStatus(event) ?? 200
    if (status !== 200 && !asksForAll(event)) refused?.(status, event.data)
    return true
  }

  const forwardAsTheyCome = (onEvent?: (event: ResponseEvent) => void): Promise<ForwardEnd> =>
    new Promise((resolve) => {
      let settled = false
      const settle = (end: ForwardEnd): void => {
        settled = true
        conclude()
        resolve(end)
      }
      take = (event) => {
        const last = deliver(event)
        if (!event.binary) onEvent?.(event)
        if (last) settle('complete')
      }
      wake = () => settle(gone === 'codex' ? 'client-gone' : 'truncated')
      for (let event = waiting.shift(); event; event = settled ? undefined : waiting.shift()) take(event)
      if (gone !== null && !settled) wake()
    })

  const forwardFlow = async (events: EventFlow, onEvent?: (event: ResponseEvent) => void): Promise<ForwardEnd> => {
    try {
      for await (const event of events) {
        const last = deliver(event instanceof ServerEvent ? event : new ServerEvent(Buffer.from(event.data)))
        onEvent?.(event)
        if (last) return 'complete'
      }
      // The server's own end, which is none of the flow's events.
      const error = waiting.shift()
      if (error) {
        deliver(error)
        onEvent?.(error)
        return 'complete'
      }
    } catch (error) {
      if (gone === null) throw error
    } finally {
      conclude()
    }
    return gone === 'codex' ? 'client-gone' : 'truncated'
  }

  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  /** What the server sent behind the end of the response is none of its events. */
  const conclude = (): void => {
    if (over) return
    over = true
    for (const { message, binary } of waiting.splice(0)) link.toCodex(message, binary)
    link.holdServer(false)
    finish()
    done()
  }

  async function* read(): EventFlow {
    for (;;) {
      const event = waiting[0]
      if (event !== undefined) {
        if (event.type === 'error' && errorStatus(event) !== null) return
        waiting.shift()
        link.holdServer(waiting.length > WAITING_LIMIT)
        if (event.binary) link.toCodex(event.message, true)
        else yield event
        if (endsRequest(event)) return
      } else if (gone !== null) {
        throw new Error(`the ${gone}'s side of the WebSocket has ended`)
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }

  return {
    begun,
    get status() {
      return status
    },
    push(event) {
      if (event.item !== null) given.push(event.item)
      begin()
      if (take !== null) return take(event)
      waiting.push(event)
      link.holdServer(waiting.length > WAITING_LIMIT)
      wake()
    },
    end(side) {
      gone = side
      begin()
      wake()
    },
    events: read,
    async forward(events, onEvent, onRefused) {
      refused = onRefused
      if (before && !before.over) await before.finished
      return await (events === null ? forwardAsTheyCome(onEvent) : forwardFlow(events, onEvent))
    },
    get over() {
      return over
    },
    finished,
    abandon: conclude,
  }
}

/** Whether codex got the items that the server gave, however they are written. */
function sameItems(given: readonly InputItem[], got: readonly InputItem[]): boolean {
  return (
    given.length === got.length &&
    given.every((item, index) => {
      const other = got[index]
      if (other === undefined) return false
      return item.equals(other) || isDeepStrictEqual(parsed(item), parsed(other))
    })
  )
}

function parsed({ bytes }: InputItem): unknown {
  return parseJson(bytes.toString('utf8'))
}
