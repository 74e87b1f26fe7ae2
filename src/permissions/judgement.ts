import type { LocatedRule } from './read-settings.js'

/** What the rules say of a call. `none`: nothing, so that codex decides as it always does. */
export type Decision = 'allow' | 'ask' | 'deny' | 'none'

/** A decision, the rule it comes from (null for a mode), and why, as the model is told. */
export interface Judgement {
  readonly verdict: Decision
  readonly rule: LocatedRule | null
  readonly reason: string
}

/** Strictest first. */
const STRICTNESS: readonly Decision[] = ['deny', 'ask', 'none', 'allow']

export const NO_JUDGEMENT: Judgement = { verdict: 'none', rule: null, reason: 'no rule says anything about it' }

/** The judgement of a call that comes to several: the strictest; what is allowed has to be allowed in every part. */
export function strictestOf(judgements: readonly Judgement[]): Judgement {
  for (const verdict of STRICTNESS) {
    const found = judgements.find((judgement) => judgement.verdict === verdict)
    if (found) return found
  }
  return NO_JUDGEMENT
}

/** Says where a rule stands, behind the reason that Claude Code gives. */
export function ruleNote({ rule, kind, file, line }: LocatedRule): string {
  return `${kind} rule ${rule} in ${file}:${line}`
}

/** A judgement by a rule. */
export function byRule(rule: LocatedRule, reason: string): Judgement {
  return { verdict: rule.kind, rule, reason }
}
