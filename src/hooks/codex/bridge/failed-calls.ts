import type { InputItem } from '../../../request/input-item.js'
import type { JsonObject } from '../../../request/request-body.js'
import { findCallRecord } from '../translate/call-record.js'
import { textOf } from '../translate/content-parts.js'
import { failureOf } from '../translate/tool-response.js'
import type { OpenCall, SessionState } from './bridge-sessions.js'
import type { BridgeContext } from './bridge-types.js'
import { failureFields } from './tool-events.js'

/** Finds calls that failed without a PostToolUse from codex: an MCP tool error, a patch that does not apply. */
export interface Failures {
  /** Starts the PostToolUseFailure hooks of calls that failed since the last check, without waiting. `items` are those of the next model request, with the outputs of the calls. */
  check(state: SessionState, items?: readonly InputItem[]): void
  settled(): Promise<unknown>
}

/** Creates the detection of failed calls. */
export function createFailures(context: BridgeContext): Failures {
  const running = new Set<Promise<unknown>>()
  const runFailureHooks = (state: SessionState, call: OpenCall, error: string, ms: number): void => {
    const all = Promise.allSettled(
      call.uses.map((use) =>
        context.runHooks(
          'PostToolUseFailure',
          call.payload,
          AbortSignal.timeout(600_000),
          failureFields(use, call.payload, error, ms),
        ),
      ),
    )
    running.add(all)
    void all.then((results) => {
      running.delete(all)
      for (const result of results)
        if (result.status === 'fulfilled') state.late.push(...result.value.additionalContext)
    })
  }
  return {
    check(state, items = []) {
      for (const call of state.openCalls.values()) {
        const record = findCallRecord(call.payload.transcript_path, call.id)
        // A command that still runs in the background has not ended; codex reports its end with PostToolUse.
        if (record === null && call.payload.tool_name === 'Bash') continue
        state.openCalls.delete(call.id)
        const error = record === null ? outputFor(call.id, items) : failureOf(record)
        if (error !== null)
          runFailureHooks(state, call, error, record?.ms ?? Math.round(performance.now() - call.begun))
      }
    },
    settled: () => Promise.allSettled(running),
  }
}

/** Returns the output of a call in a model request: by call id, or the newest output for a call made by a script in code mode. */
function outputFor(id: string, items: readonly InputItem[]): string {
  let newest: JsonObject | null = null
  for (let index = items.length - 1; index >= 0; index -= 1) {
    // Only outputs are parsed, from the newest on.
    const item = items[index]?.bytes.includes('_call_output"') ? items[index]?.json() : null
    if (!item || !String(item.type).endsWith('_call_output')) continue
    newest ??= item
    if (item.call_id === id) return outputText(item)
  }
  return outputText(newest)
}

function outputText(item: JsonObject | null): string {
  return textOf(item?.output).trimEnd() || 'The tool failed.'
}
