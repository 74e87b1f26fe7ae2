import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject } from '../../../json.js'
import { readTurn } from '../../../prompt/turn.js'
import { answerPlain } from '../../../proxy/error-answer.js'
import type { Exchange, Stage } from '../../../proxy/exchange.js'
import { readJson } from '../../../proxy/read-json-body.js'
import type { JsonObject } from '../../../request/request-body.js'
import type { Bridge } from './bridge.js'
import type { BridgeAnswer } from './bridge-types.js'
import { NATIVE_EVENTS, type NativeEvent } from './codex-events.js'

/** The most a hook's payload may be, in bytes: codex caps outputs far below it. */
const LIMIT = 64 * 1024 * 1024

/** Serves `hooks/EVENT`: the payload of a codex hook in, what it prints out (204, 200, or 409 for stderr and exit 2). */
export function createHookRoute(bridge: Bridge): (exchange: Exchange) => Promise<void> {
  return async ({ incoming, outgoing, path, signal }) => {
    const event = /^\/hooks\/(\w+)$/.exec(path)?.[1] ?? ''
    if (incoming.method !== 'POST' || !Object.hasOwn(NATIVE_EVENTS, event)) {
      answerPlain(outgoing, 404, 'codex-plus: there is no such hook.')
      return
    }
    const payload = await readPayload(incoming)
    if (payload === null) {
      answerPlain(outgoing, 400, 'codex-plus: the payload of a hook is a JSON object.')
      return
    }
    writeAnswer(outgoing, await bridge.answer(event as NativeEvent, payload, signal))
  }
}

/** Ends the turn that a hook stopped, and looks for calls that failed, before the model is asked again. */
export function createHookStage(bridge: Bridge): Stage {
  return {
    name: 'hooks',
    async rewrite(request) {
      const turn = readTurn(request.headers)
      const state = turn && bridge.sessions.find([turn.threadId, ...turn.ancestors])
      if (!turn || !state) return null
      if (state.openCalls.size > 0) bridge.checkFailures(state, await request.body.json())
      if (state.stopped === null || state.stopped.turnId !== turn.turnId) return null
      const { text } = state.stopped
      state.stopped = null
      return { text }
    },
  }
}

async function readPayload(incoming: IncomingMessage): Promise<JsonObject | null> {
  const value = await readJson(incoming, LIMIT)
  return isObject(value) ? value : null
}

function writeAnswer(outgoing: ServerResponse, answer: BridgeAnswer): void {
  if (answer === null) {
    outgoing.writeHead(204).end()
    return
  }
  const bytes = Buffer.from('json' in answer ? JSON.stringify(answer.json) : answer.refused)
  outgoing.writeHead('json' in answer ? 200 : 409, { 'content-length': bytes.length }).end(bytes)
}
