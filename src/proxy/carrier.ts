import type { LogFields } from '../log/log.js'
import type { EventFlow } from '../stream/event-flow.js'
import type { ForwardEnd } from '../stream/forward-body.js'
import type { ResponseEvent } from '../stream/truncation.js'
import type { LocalAnswer, ProxyRequest, Sent, StreamedAnswer } from './exchange.js'

/** The server's response to a request. */
export interface Answer {
  readonly status: number
  /** Its events, where it is a model's stream; null for any other response, which no reshape sees. */
  readonly stream: StreamedAnswer | null
}

/** Reports what happens to a request to its observers. */
export type Note = (event: string, fields: LogFields) => void

/** The connection a request came on, and the one it goes on to the server: HTTP, or codex's WebSocket. */
export interface Carrier<Leaving extends { readonly sent?: Sent }, Response extends Answer> {
  /** Reads the request; throws CP_BODY_* or CP_UPSTREAM_ABORTED. */
  read(note: Note): Promise<ProxyRequest>
  /** Answers codex without the server. Returns the status. */
  answer(answer: LocalAnswer): number
  /** Builds what leaves; null where only codex can say it, which has then been told to send the request again. */
  address(request: ProxyRequest): Promise<Leaving | null>
  /** Sends it, and resolves when the response begins. */
  send(leaving: Leaving): Promise<Response>
  /** Forwards the response to codex as it arrives, or `events` in its place; `onRefused` gets the text of an error response. */
  forward(
    response: Response,
    events: EventFlow | null,
    onEvent?: (event: ResponseEvent) => void,
    onRefused?: (status: number, text: string) => void,
  ): Promise<ForwardEnd>
}
