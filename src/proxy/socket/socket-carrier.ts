import type { LogFields } from '../../log/log.js'
import type { HeaderList } from '../../request/header-list.js'
import { RequestBody } from '../../request/request-body.js'
import type { RequestParts } from '../../request/request-parts.js'
import type { Answer, Carrier } from '../carrier.js'
import type { LocalAnswer, Sent } from '../exchange.js'
import { type CreateFrame, frameHeaders } from './frame.js'
import type { Link } from './joined-websockets.js'
import { failureFrame, localFrames, resendFrame } from './local-frames.js'
import type { KeptNote, SocketMemory } from './lost-sockets.js'
import type { Chain, Stages } from './request-chain.js'
import type { RunningResponse } from './running-response.js'

/** What the request of a frame needs of its socket. */
export interface SocketRequest {
  readonly frame: CreateFrame
  /** The request the frame stands for. */
  readonly came: RequestParts
  /** The server's address. */
  readonly url: URL
  readonly handshake: HeaderList
  readonly path: string
  readonly thread: string
  readonly link: Link
  readonly chain: Chain
  readonly memory: SocketMemory
  /** Starts the server's response; called right before the request is sent. */
  respond(request: Stages): RunningResponse
  /** The frame is dealt with: those behind it may go on. */
  dispatched(): void
}

interface Leaving {
  readonly sent: Sent
  readonly bytes: Buffer
  readonly request: Stages
}

type SocketAnswer = Answer & { readonly response: RunningResponse }

/** Creates the carrier of one request that came as a frame. */
export function createSocketCarrier(request: SocketRequest): Carrier<Leaving, SocketAnswer> {
  const { frame, came, link, chain, memory, thread } = request
  const told: KeptNote[] = []
  let note: (event: string, fields: LogFields) => void = () => {}
  /** What stages did to a request that came again belongs to the one that counts. */
  const tellKept = (): void => {
    for (const [event, fields] of memory.takeNotes(thread)) note(event, fields)
  }
  return {
    async read(report) {
      note = (event, fields) => {
        told.push([event, fields])
        report(event, fields)
      }
      return {
        method: 'POST',
        path: request.path,
        via: 'ws',
        headers: frameHeaders(request.handshake, frame.metadata),
        body: new RequestBody(frame.bytes, null, came),
        signal: link.codexGone,
        note,
      }
    },
    answer(answer: LocalAnswer) {
      tellKept()
      if (answer.failed) {
        link.toCodex(failureFrame(answer.text))
      } else {
        const { id, item, messages } = localFrames(answer)
        chain.answeredLocally(came, id, item)
        for (const message of messages) link.toCodex(message)
      }
      request.dispatched()
      return answer.failed ? 400 : 200
    },
    async address({ body }) {
      const leaves = (await body.parts()) ?? came
      const sending = chain.plan(frame, { came, leaves })
      if ('why' in sending) {
        memory.keepNotes(thread, [...told, ['ws.whole', { why: sending.why }]])
        link.toCodex(resendFrame(frame.previous))
        request.dispatched()
        return null
      }
      tellKept()
      note('upstream', { name: 'websocket', url: request.url.origin + request.url.pathname })
      const { sent: as, bytes } = sending
      return { sent: { as, bytes: bytes.length }, bytes, request: { came, leaves } }
    },
    async send(leaving) {
      const response = request.respond(leaving.request)
      link.toServer(leaving.bytes)
      request.dispatched()
      await response.begun
      return {
        response,
        stream: { encoding: null, events: () => response.events() },
        get status() {
          return response.status
        },
      }
    },
    forward: ({ response }, events, onEvent, onRefused) => response.forward(events, onEvent, onRefused),
  }
}
