import { PassThrough, type Readable } from 'node:stream'
import { readTurn, type Turn } from '../../../prompt/turn.js'
import type { Observer, ProxyRequest, Reshape } from '../../../proxy/exchange.js'
import { encodingOf } from '../../../request/response-headers.js'
import { refusalInEvent, refusalInResponse, type TurnRefusal } from './turn-refusal.js'

/** How much of a refused request's response is read, in bytes. */
const LIMIT = 64 * 1024

/** What sees the refusals that end a turn of the user, in a stream and in a response of its own. */
export interface RefusalWatch {
  readonly observer: Observer
  readonly reshape: Reshape
}

/** Creates the watch; the responses pass unchanged. */
export function createRefusalWatch(onRefusal: (turn: Turn, refusal: TurnRefusal) => void): RefusalWatch {
  const tell = (request: ProxyRequest, refusal: TurnRefusal | null): void => {
    const turn = refusal === null ? null : readTurn(request.headers)
    if (refusal !== null && turn?.ofUser) onRefusal(turn, refusal)
  }
  return {
    observer: {
      event: (request, { type, data }) => tell(request, refusalInEvent(type, data)),
    },
    async reshape(request, response) {
      if ((response.status !== 400 && response.status !== 429) || encodingOf(response.headers) !== null) return null
      const body = readAlong(response.body, (text) => tell(request, refusalInResponse(response.status, text)))
      return { ...response, body }
    },
  }
}

/** Passes a stream on and hands the beginning of its text over at its end. */
function readAlong(source: Readable, onText: (text: string) => void): Readable {
  const parts: Buffer[] = []
  let length = 0
  const along = new PassThrough({
    transform(part: Buffer, _encoding, next) {
      if (length < LIMIT) parts.push(part)
      length += part.length
      next(null, part)
    },
    flush(done) {
      onText(Buffer.concat(parts).toString('utf8'))
      done()
    },
  })
  source.once('error', (error) => along.destroy(error))
  along.once('close', () => source.destroy())
  return source.pipe(along)
}
