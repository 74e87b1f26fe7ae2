import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject } from '../../../json.js'
import { readMetadata, readTurn, type Turn } from '../../../prompt/turn.js'
import { answerPlain } from '../../../proxy/error-answer.js'
import type { Exchange, LocalAnswer, Stage } from '../../../proxy/exchange.js'
import { readJson } from '../../../proxy/read-json-body.js'
import type { JsonObject } from '../../../request/request-body.js'
import type { Bridge } from './bridge.js'
import type { SessionState } from './bridge-sessions.js'
import type { BridgeAnswer } from './bridge-types.js'
import { NATIVE_EVENTS, type NativeEvent } from './codex-events.js'

/** Size limit of a hook payload, in bytes; codex caps outputs far below this. */
const LIMIT = 64 * 1024 * 1024

/**
 * Serves `hooks/EVENT` for the bridge script: takes the payload of a codex hook and answers with the hook's output (204: none,
 * 200: JSON or text for stdout, 409: text for stderr with exit code 2). `say` gets the lines for the user once the answer is out.
 */
export function createHookRoute(bridge: Bridge, say: (line: string) => void): (exchange: Exchange) => Promise<void> {
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
    const answer = await bridge.answer(event as NativeEvent, payload, signal)
    if (answer?.lines) outgoing.once('finish', () => answer.lines?.forEach(say))
    writeAnswer(outgoing, answer)
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
      if (readMetadata(request.headers)?.('request_kind') === 'compaction') return compactionAnswer(state, turn)
      if (state.stopped === null || state.stopped.turnId !== turn.turnId) return null
      const { text } = state.stopped
      state.stopped = null
      return { text }
    },
  }
}

/** Refuses a compaction that a hook blocked, if codex did not: its PreCompact has no answer that noise of a shell cannot spoil. */
function compactionAnswer(state: SessionState, { turnId }: Turn): LocalAnswer | null {
  const blocked = state.uncompacted
  state.uncompacted = null
  return blocked === null || blocked.turnId !== turnId ? null : { text: blocked.text, failed: true }
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
  const text = 'json' in answer ? JSON.stringify(answer.json) : 'plain' in answer ? answer.plain : answer.refused
  const bytes = Buffer.from(text)
  outgoing.writeHead('refused' in answer ? 409 : 200, { 'content-length': bytes.length }).end(bytes)
}
