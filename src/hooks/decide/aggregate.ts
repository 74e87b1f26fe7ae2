// This folder turns the output of hooks into decisions: one per hook (hook-decision.ts), combined here for the event.
import { eventRule } from '../config/event-table.js'
import type { HookOutcome } from './event-outcome.js'
import type { Block, HookContext, Verdict } from './hook-decision.js'

/** The combined outcome of all hooks of an event, with the parts of its texts for the model and the user. */
export interface AggregatedOutcome extends HookOutcome {
  readonly blocks: readonly Block[]
  readonly contexts: readonly HookContext[]
  readonly suppressOriginalPrompt: boolean
}

/** Strictest first. */
const PERMISSIONS = ['deny', 'ask', 'allow'] as const

/**
 * Combines the verdicts of the hooks of an event, given in the order in which they finished: deny wins over ask, ask over
 * allow; the last updated input wins; all contexts are kept (claude-code-2.1 section 2). `shorten` shortens texts that are
 * too long for the model.
 */
export function aggregateVerdicts(
  event: string,
  verdicts: readonly Verdict[],
  shorten: (text: string) => string,
): AggregatedOutcome {
  const decision = PERMISSIONS.find((value) => verdicts.some(({ permission }) => permission === value)) ?? null
  const blocks = verdicts.flatMap(({ block }) => (block === null ? [] : [{ ...block, reason: shorten(block.reason) }]))
  const contexts = verdicts.flatMap(({ context }) =>
    context === null ? [] : [{ ...context, text: shorten(context.text) }],
  )
  const stopping = verdicts.filter((verdict) => !verdict.continue)
  const stopReason = stopping.find((verdict) => verdict.stopReason !== null)?.stopReason ?? null
  return {
    blocked: blocks.length > 0,
    reason: blocks.length > 0 ? reasonOf(event, blocks) : permissionReason(decision, verdicts, shorten),
    decision,
    updatedInput:
      decision === 'deny'
        ? null
        : (verdicts.findLast(({ updatedInput }) => updatedInput !== null)?.updatedInput ?? null),
    additionalContext: contexts.map(({ text }) => text),
    systemMessages: verdicts.flatMap(({ systemMessage }) => (systemMessage === null ? [] : [shorten(systemMessage)])),
    continue: stopping.length === 0,
    stopReason: stopReason === null ? null : shorten(stopReason),
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

function permissionReason(
  decision: HookOutcome['decision'],
  verdicts: readonly Verdict[],
  shorten: (text: string) => string,
): string | null {
  if (decision === null) return null
  const deciding = verdicts.find(({ permission, permissionReason: given }) => permission === decision && given !== null)
  return deciding?.permissionReason == null ? null : shorten(deciding.permissionReason)
}
