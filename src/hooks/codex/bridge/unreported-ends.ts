import type { InputItem } from '../../../request/input-item.js'
import type { JsonObject } from '../../../request/request-body.js'
import { type CallRecord, findCallRecord } from '../translate/call-record.js'
import { textOf } from '../translate/content-parts.js'
import { failureOf } from '../translate/tool-response.js'
import type { OpenCall, SessionState } from './bridge-sessions.js'
import type { BridgeContext } from './bridge-types.js'
import { endFields, failureFields, stoppedText } from './tool-events.js'

/**
 * Finds calls whose end codex did not report: an MCP tool error, a patch that does not apply, and a patch that codex took out
 * of a shell command, for which it runs no PostToolUse at all.
 */
export interface UnreportedEnds {
  /**
   * Runs the hooks of calls that ended since the last check. Resolves after the PostToolUse hooks: a formatter is done before
   * the model goes on. Nobody waits for those of failures. `items` are those of the next model request, with the outputs.
   */
  check(state: SessionState, items?: readonly InputItem[]): Promise<void>
  settled(): Promise<unknown>
}

/** Creates the detection of unreported ends. */
export function createUnreportedEnds(context: BridgeContext): UnreportedEnds {
  const running = new Set<Promise<unknown>>()
  const runHooks = (
    event: 'PostToolUse' | 'PostToolUseFailure',
    state: SessionState,
    { uses, payload }: OpenCall,
    fields: (use: OpenCall['uses'][number]) => JsonObject,
  ): Promise<unknown> => {
    const signal = AbortSignal.timeout(600_000)
    const all = Promise.allSettled(uses.map((use) => context.runHooks(event, payload, signal, fields(use))))
    const done = all.then((results) => {
      running.delete(done)
      for (const result of results) {
        if (result.status === 'rejected') continue
        const { blocked, reason, additionalContext, continue: mayContinue } = result.value
        if (event === 'PostToolUse' && blocked) {
          state.late.push(`PostToolUse hook blocking error: ${reason ?? 'no reason'}`)
        }
        state.late.push(...additionalContext)
        if (!mayContinue) state.stopped = { turnId: payload.turn_id, text: stoppedText(result.value) }
      }
    })
    running.add(done)
    return done
  }
  const end = async (state: SessionState, call: OpenCall, items: readonly InputItem[]): Promise<void> => {
    const { id, payload } = call
    const record = findCallRecord(payload.transcript_path, id)
    const output = record === null ? outputFor(call, items) : null
    // A command that still runs in the background has not ended; codex reports its end with PostToolUse.
    if (record === null && output === null) return
    if (call.patches && record !== null && record.exitCode !== null) return
    state.openCalls.delete(id)
    const error = record === null ? output : failureOf(record)
    const ms = record?.ms ?? Math.round(performance.now() - call.begun)
    if (error !== null) {
      void runHooks('PostToolUseFailure', state, call, (use) => failureFields(use, payload, error, ms))
    } else if (call.patches && record?.completed) {
      await runHooks('PostToolUse', state, call, (use) => endFields(use, payload, (record as CallRecord).output, ms))
    }
  }
  return {
    async check(state, items = []) {
      await Promise.all([...state.openCalls.values()].map((call) => end(state, call, items)))
    },
    settled: () => Promise.allSettled(running),
  }
}

/**
 * Returns the output of a call without a record in a model request: by call id, or for a call made by a script in code mode
 * the newest output. Null for a command whose own output is not there.
 */
function outputFor({ id, payload }: OpenCall, items: readonly InputItem[]): string | null {
  let newest: JsonObject | null = null
  for (let index = items.length - 1; index >= 0; index -= 1) {
    // Only outputs are parsed, from the newest on.
    const item = items[index]?.bytes.includes('_call_output"') ? items[index]?.json() : null
    if (!item || !String(item.type).endsWith('_call_output')) continue
    newest ??= item
    if (item.call_id === id && (payload.tool_name !== 'Bash' || isRefused(item))) return outputText(item)
  }
  return payload.tool_name === 'Bash' ? null : outputText(newest)
}

/** Whether codex refused a patch that it took out of a command; the output of a command that runs is another one. */
function isRefused(item: JsonObject): boolean {
  return textOf(item.output).startsWith('apply_patch ')
}

function outputText(item: JsonObject | null): string {
  return textOf(item?.output).trimEnd() || 'The tool failed.'
}
