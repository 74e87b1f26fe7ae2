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

/** Size limit of a hook payload, in bytes; codex caps outputs far below this. */
const LIMIT = 64 * 1024 * 1024

/**
 * Serves `hooks/EVENT` for the bridge script: takes the payload of a codex hook and answers with the hook's output (204: none,
 * 200: JSON for stdout, 409: text for stderr with exit code 2).
 */
export function createHookRoute(bridge: Bridge): (exchange: Exchange) => Promise<void> {
  return async ({ incoming, outgoing, path, signal }) => {
    const event = /^\/hooks\/(\w+)$/.exec(path)?.[1] ?? ''
    if (incoming.method !== 'POST' || !Object.hasOwn(NATIVE_EVENTS, event)) {
      answerPlain(outgoing, 404, `codex-plus: ${path} is not a POST to the hook route of a codex event.`)
      return
    }
    const payload = await readPayload(incoming)
    if (payload === null) {
      answerPlain(outgoing, 400, `codex-plus: the payload of the ${event} hook is not a JSON object.`)
      return
    }
    writeAnswer(outgoing, await bridge.answer(event as NativeEvent, payload, signal))
  }
}

/** Creates the stage that, before a model request, ends a turn that a hook stopped and finds failed calls. */
export function createHookStage(bridge: Bridge): Stage {
  return {
    name: 'hooks',
    async rewrite(request) {
      const turn = readTurn(request.headers)
      if (turn) bridge.turnSeen(turn)
      const state = turn && bridge.sessions.find([turn.threadId, ...turn.ancestors])
      if (!turn || !state) return null
      if (state.openCalls.size > 0) bridge.checkFailures(state, (await request.body.parts())?.items ?? [])
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
