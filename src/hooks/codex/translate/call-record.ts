import type { JsonObject } from '../../../request/request-body.js'
import { textOf } from './content-parts.js'
import { lastLineWith } from './rollout-lines.js'

/** The end of a tool call as codex recorded it in the rollout file of the thread. */
export interface CallRecord {
  /** Null for calls that are not commands. */
  readonly exitCode: number | null
  readonly failed: boolean
  readonly output: string
  readonly ms: number
}

/**
 * Finds the end of a call in codex's rollout file: `item_completed` has its id, exit code and output, and is written before
 * codex runs its PostToolUse hook (seen on 0.169). Returns null if there is none.
 */
export function findCallRecord(file: unknown, callId: unknown): CallRecord | null {
  if (typeof file !== 'string' || typeof callId !== 'string') return null
  const line = lastLineWith(file, ['"item_completed"', `"id":${JSON.stringify(callId)}`])
  return line === null ? null : readRecord(line)
}

function readRecord(line: string): CallRecord | null {
  try {
    const { payload } = JSON.parse(line) as { payload: JsonObject }
    const item = payload.item as JsonObject
    const [started, completed] = [Number(payload.started_at_ms), Number(payload.completed_at_ms)]
    const result = item.result ?? item.error
    return {
      exitCode: typeof item.exit_code === 'number' ? item.exit_code : null,
      // A call that the user declined has not failed (claude-code-2.1 section 2).
      failed: item.status === 'failed',
      output: typeof item.aggregated_output === 'string' ? item.aggregated_output : textOf(result) || errorText(item),
      ms: Math.max(0, completed - started) || 0,
    }
  } catch {
    return null
  }
}

function errorText(item: JsonObject): string {
  const error = item.error as JsonObject | null | undefined
  return String(error?.message ?? item.stderr ?? '')
}
