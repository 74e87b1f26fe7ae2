// Folder socket: codex's WebSocket, end to end: each request frame goes through the pipeline, and only what is new goes on.
import type { WebSocket } from 'ws'
import { formatError } from '../../errors.js'
import type { Log } from '../../log/log.js'
import { redact } from '../../log/redact.js'
import { type HeaderList, headerValue } from '../../request/header-list.js'
import { type PipelineParts, runPipeline } from '../pipeline.js'
import { type CodexFrame, type CreateFrame, readFrame } from './frame.js'
import { createLink, type Link } from './joined-websockets.js'
import { failureFrame, resendFrame, WAITING_FRAME } from './local-frames.js'
import type { SocketMemory } from './lost-sockets.js'
import { createChain } from './request-chain.js'
import { type RunningResponse, startResponse } from './running-response.js'
import { endsRequest, ServerEvent } from './server-events.js'
import { createSocketCarrier } from './socket-carrier.js'

/** The two ends of a thread's WebSocket, and what works on its requests. */
export interface SessionOptions {
  readonly codex: WebSocket
  readonly server: WebSocket
  /** The server's address. */
  readonly url: URL
  /** codex's headers of the upgrade. */
  readonly handshake: HeaderList
  readonly path: string
  readonly parts: Pick<PipelineParts, 'stages' | 'reshapes' | 'observers'>
  readonly memory: SocketMemory
  readonly log: Log
}

/** Milliseconds between the signs that codex gets while stages work on a request: it gives up after 300 s without one. */
const WAITING_EVERY = 60_000

/** Joins codex's WebSocket with the server's; resolves when both have ended. */
export async function runSession(options: SessionOptions): Promise<void> {
  const { stages, reshapes = [], observers = [] } = options.parts
  const untouched = stages.length + reshapes.length + observers.length === 0
  const { closed } = untouched ? passThrough(options) : createSession(options)
  await closed
}

function passThrough({ codex, server }: SessionOptions): Link {
  const link: Link = createLink(codex, server, {
    fromCodex: (message, binary) => link.toServer(message, binary),
    fromServer: (message, binary) => link.toCodex(message, binary),
    ended: async () => {},
  })
  return link
}

/** A message of codex that waits for those before it. */
interface Waiting {
  readonly message: Buffer
  readonly frame: CodexFrame | 'binary'
}

function createSession({ codex, server, url, handshake, path, parts, memory, log }: SessionOptions): Link {
  const chain = createChain()
  const thread = headerValue(handshake, 'thread-id') ?? ''
  const waiting: Waiting[] = []
  /** A request that the stages work on: nothing behind it may pass it. */
  let inStages = false
  /** The responses that the server has not finished, in the order of their requests, and the last one of all. */
  const receiving: RunningResponse[] = []
  let last: RunningResponse | null = null

  const link = createLink(codex, server, {
    fromCodex(message, binary) {
      waiting.push({ message, frame: binary ? 'binary' : readFrame(message) })
      advance()
    },
    fromServer(message, binary) {
      const event = new ServerEvent(message, binary)
      const response = receiving[0] ?? last
      if (endsRequest(event)) receiving.shift()
      // What comes between two responses waits for the hooks of the one before.
      if (response && !response.over) response.push(event)
      else link.toCodex(message, binary)
    },
    async ended(side) {
      if (side === 'server' && receiving.length > 0) memory.lost()
      for (const response of receiving) response.end(side)
      last?.end(side)
      await last?.finished
    },
  })
  return link

  function advance(): void {
    for (let index = 0; index < waiting.length && !inStages; ) {
      const { message, frame } = waiting[index] as Waiting
      // A request may follow a response that still runs; what is no request may be about that response.
      if (last && !last.over && (frame === 'unreadable' || (typeof frame === 'object' && !chain.expand(frame)))) {
        index += 1
        continue
      }
      waiting.splice(index, 1)
      if (typeof frame === 'object') request(frame)
      else if (frame === 'unreadable') giveUp('a request frame of an unknown shape')
      else link.toServer(message, frame === 'binary')
    }
  }

  function request(frame: CreateFrame): void {
    const came = chain.expand(frame)
    if (came === null) {
      // Whoever gave that response, its history is not known here: codex sends it.
      memory.keepNotes(thread, [['ws.whole', { why: 'it follows a response that is not known here' }]])
      link.toCodex(resendFrame(frame.previous))
      return
    }
    inStages = true
    const sign = setInterval(() => link.toCodex(WAITING_FRAME), WAITING_EVERY)
    const dispatched = (): void => {
      clearInterval(sign)
      if (!inStages) return
      inStages = false
      advance()
    }
    const carrier = createSocketCarrier({
      ...{ frame, came, url, handshake, path, thread, link, chain, memory, dispatched },
      respond(stages) {
        // codex's next request may have come before the end of the response it follows.
        // One that is over is not kept: it holds the whole history of its request.
        const before = last?.over ? null : last
        last = startResponse({ link, chain, request: stages, before, done: advance })
        receiving.push(last)
        return last
      },
    })
    const begun = performance.now()
    const done = (): void => {
      log.info('proxy.frame', { path, ms: Math.round(performance.now() - begun) })
      dispatched()
    }
    runPipeline(carrier, parts).catch(fail).finally(done)
  }

  function fail(error: unknown): void {
    log.warn('proxy.failure', { path, error: String(error), cause: String((error as Error).cause ?? '') })
    for (const response of receiving) response.abandon()
    // What failed before the request was sent would fail over HTTP too; what failed later is the WebSocket's own.
    if (inStages) link.toCodex(failureFrame(redact(`codex-plus: ${formatError(error)}`)))
    else giveUp(formatError(error))
  }

  /** Hands the thread back: codex sends its whole history over HTTP, silently (websocket section 1.6). */
  function giveUp(why: string): void {
    log.warn('socket.give-up', { thread, why })
    memory.giveUp(thread, why)
    link.close(1012, 'codex-plus goes on over HTTP')
  }
}
