import { readTurn, type Turn } from '../../../prompt/turn.js'
import type { Observer, ProxyRequest } from '../../../proxy/exchange.js'
import { refusalInEvent, refusalInResponse, type TurnRefusal } from './turn-refusal.js'

/** Creates an observer of the refusals that end a turn of the user, in a stream and in a response of their own. */
export function createRefusalWatch(onRefusal: (turn: Turn, refusal: TurnRefusal) => void): Observer {
  const tell = (request: ProxyRequest, refusal: TurnRefusal | null): void => {
    const turn = refusal === null ? null : readTurn(request.headers)
    if (refusal !== null && turn?.ofUser) onRefusal(turn, refusal)
  }
  return {
    event: (request, { type, data }) => tell(request, refusalInEvent(type, data)),
    refused: (request, { status, text }) => tell(request, refusalInResponse(status, text)),
  }
}
