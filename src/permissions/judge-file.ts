import { resolve } from 'node:path'
import { followPath } from './follow-path.js'
import { byRule, type Judgement, NO_JUDGEMENT, ruleNote } from './judgement.js'
import { forbidsPath, parseRule } from './parse-rule.js'
import { type Policy, ruleContexts } from './policy.js'
import type { LocatedRule } from './read-settings.js'
import { isInside, isSensitive } from './sensitive-paths.js'

/** Claude Code's words for a file that a deny rule covers. */
const DENIED = 'File is in a directory that is denied by your permission settings.'

/** Judges the change of a file by a tool. */
export function judgeEdit(tool: string, file: string, cwd: string, policy: Policy): Judgement {
  const paths = pathsOf(file, cwd)
  const forbidden = forbidding(paths, 'write', policy)
  if (policy.mode === 'plan' && forbidden?.verdict !== 'deny') {
    return { verdict: 'deny', rule: null, reason: `Permission to use ${tool} has been denied. (the mode is plan)` }
  }
  if (forbidden) return forbidden
  const sensitive = paths.some(isSensitive)
  const rule = sensitive
    ? undefined
    : policy.allow.find((each) => paths.every((path) => covers(each, path, 'write', policy)))
  if (rule) return byRule(rule, `the ${ruleNote(rule)} covers it`)
  const inside = paths.every((path) => isInside(path, policy.directories))
  if (policy.mode === 'bypassPermissions' || (policy.mode === 'acceptEdits' && inside && !sensitive)) {
    return { verdict: 'allow', rule: null, reason: `the mode ${policy.mode} allows it` }
  }
  return policy.mode === 'dontAsk' ? notAsked(tool) : NO_JUDGEMENT
}

/** Judges the reading of a file by a tool; inside the folders of the session it is free. */
export function judgeRead(tool: string, file: string, cwd: string, policy: Policy): Judgement {
  const paths = pathsOf(file, cwd)
  const forbidden = forbidding(paths, 'read', policy)
  if (forbidden) return forbidden
  const rule = policy.allow.find((each) => paths.every((path) => covers(each, path, 'read', policy)))
  if (rule) return byRule(rule, `the ${ruleNote(rule)} covers it`)
  if (policy.mode === 'bypassPermissions') return { verdict: 'allow', rule: null, reason: 'the mode allows it' }
  if (policy.mode !== 'dontAsk') return NO_JUDGEMENT
  return paths.every((path) => isInside(path, policy.directories)) ? NO_JUDGEMENT : notAsked(tool)
}

/** Where a file lies: as written and with its links followed. */
function pathsOf(file: string, cwd: string): string[] {
  return [...new Set([resolve(cwd, file), followPath(cwd, file)])]
}

function forbidding(paths: readonly string[], purpose: 'read' | 'write', policy: Policy): Judgement | undefined {
  for (const rules of [policy.deny, policy.ask]) {
    const rule = rules.find((each) => paths.some((path) => covers(each, path, purpose, policy)))
    if (rule?.kind === 'deny') return byRule(rule, `${DENIED} (${ruleNote(rule)})`)
    if (rule) return byRule(rule, `the ${ruleNote(rule)} covers ${paths[0]}`)
  }
  return undefined
}

function covers({ rule }: LocatedRule, path: string, purpose: 'read' | 'write', policy: Policy): boolean {
  const parsed = parseRule(rule)
  return parsed !== undefined && ruleContexts(policy).some((place) => forbidsPath(parsed, path, purpose, place))
}

function notAsked(tool: string): Judgement {
  const reason = `Permission to use ${tool} has been denied. (no rule allows it, and the mode is dontAsk)`
  return { verdict: 'deny', rule: null, reason }
}
