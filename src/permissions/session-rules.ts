import { judgeCall, type ToolCall } from './judge-call.js'
import { type Judgement, strictestOf } from './judgement.js'
import { parseRule } from './parse-rule.js'
import { createPolicy, loosens, type Policy, type RuleContext } from './policy.js'
import type { LocatedRule, PermissionSettings } from './read-settings.js'

/** Where a call of the model is made. */
export interface CallContext {
  readonly cwd: string
  /** The turn of the session's own thread, also for calls of its sub-agents. */
  readonly turnId: string
}

/** The rules of one run: those of the files as they were at its start, and what commands grant for their turns. */
export interface SessionRules {
  /** Judges the calls that one call of codex comes to, together. */
  judge(calls: readonly ToolCall[], place: CallContext): Judgement
  /** Lets a command's `allowed-tools` count for the turn that it was invoked in. */
  grant(rules: readonly LocatedRule[], turnId: string): void
}

export interface SessionRulesOptions extends RuleContext {
  readonly settings: PermissionSettings
  /** Asked only where a project's files allow something. */
  trusted(): boolean
}

/** Grants of so many turns are kept: those of earlier turns are over. */
const MOST_GRANTS = 32

/** Makes the rules of a run. */
export function createSessionRules({ settings, cwd, home, trusted }: SessionRulesOptions): SessionRules {
  const grants = new Map<string, readonly LocatedRule[]>()
  const policies = new Map<string, Policy>()
  const loosened = loosens(settings)
  const policyOf = (turnId: string): Policy => {
    const counts = !loosened || trusted()
    const granted = grants.get(turnId)
    const name = `${counts} ${granted ? turnId : ''}`
    const policy = policies.get(name) ?? createPolicy({ settings, trusted: counts, granted: granted ?? [], cwd, home })
    policies.set(name, policy)
    return policy
  }
  return {
    judge(calls, { cwd: from, turnId }) {
      const policy = policyOf(turnId)
      return strictestOf(calls.map((call) => judgeCall(call, from, policy)))
    },
    grant(rules, turnId) {
      const usable = rules.filter(({ rule }) => parseRule(rule) !== undefined)
      if (usable.length === 0) return
      grants.set(turnId, [...(grants.get(turnId) ?? []), ...usable])
      policies.clear()
      const [oldest] = grants.size > MOST_GRANTS ? grants.keys() : []
      if (oldest !== undefined) grants.delete(oldest)
    },
  }
}
