// This folder turns the output of hooks into decisions: one per hook (hook-decision.ts), combined here for the event.
import { eventRule } from '../config/event-table.js'
import type { HookOutcome } from './event-outcome.js'
import { type Block, type HookContext, strictest, type Verdict } from './hook-decision.js'

/** The combined outcome of all hooks of an event, with the parts of its texts for the model and the user. */
export interface AggregatedOutcome extends HookOutcome {
  readonly blocks: readonly Block[]
  readonly contexts: readonly HookContext[]
  readonly suppressOriginalPrompt: boolean
}

/**
 * Combines the verdicts of the hooks of an event, given in the order in which they finished: deny wins over ask, ask over
 * allow; the last updated input wins; all contexts are kept (claude-code-2.1 section 2). `shorten` shortens contexts that
 * are too long for the model; reasons go whole.
 */
export function aggregateVerdicts(
  event: string,
  verdicts: readonly Verdict[],
  shorten: (text: string) => string,
): AggregatedOutcome {
  const decision = strictest(verdicts.map(({ permission }) => permission))
  const blocks = verdicts.flatMap(({ block }) => (block === null ? [] : [block]))
  const contexts = verdicts.flatMap(({ context }) =>
    context === null ? [] : [{ ...context, text: shorten(context.text) }],
  )
  const stopping = verdicts.filter((verdict) => !verdict.continue)
  const stopReason = stopping.find((verdict) => verdict.stopReason !== null)?.stopReason ?? null
  return {
    blocked: blocks.length > 0,
    reason: blocks.length > 0 ? reasonOf(event, blocks) : permissionReason(decision, verdicts),
    decision,
    updatedInput:
      decision === 'deny'
        ? null
        : (verdicts.findLast(({ updatedInput }) => updatedInput !== null)?.updatedInput ?? null),
    additionalContext: contexts.map(({ text }) => text),
    systemMessages: verdicts.flatMap(({ systemMessage }) => (systemMessage === null ? [] : [systemMessage])),
    continue: stopping.length === 0,
    stopReason,
    runs: verdicts.map(({ run }) => run),
    blocks,
    contexts,
    suppressOriginalPrompt: verdicts.some((verdict) => verdict.suppressOriginalPrompt),
  }
}

function reasonOf(event: string, blocks: readonly Block[]): string | null {
  if (!eventRule(event).allBlocks) return blocks[0]?.reason ?? null
  return blocks.map(({ reason }) => reason).join('\n')
}

function permissionReason(decision: HookOutcome['decision'], verdicts: readonly Verdict[]): string | null {
  if (decision === null) return null
  const deciding = verdicts.find(({ permission, permissionReason: given }) => permission === decision && given !== null)
  return deciding?.permissionReason ?? null
}
