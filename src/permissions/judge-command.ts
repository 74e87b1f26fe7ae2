import { checkAllowed, type PermissionContext } from './check-shell-command.js'
import { forbids, mayForbid } from './forbidding-rule.js'
import { byRule, type Judgement, NO_JUDGEMENT, ruleNote } from './judgement.js'
import { parseScript } from './parse-script.js'
import { type Policy, ruleContexts } from './policy.js'
import type { LocatedRule } from './read-settings.js'
import type { Script } from './script.js'
import { type SeenCommands, seenCommands } from './seen-commands.js'

/** What a judgement looks at once for all rules. */
interface Look {
  readonly seen: SeenCommands
  readonly policy: Policy
}

/**
 * Judges a shell command of the model: deny over ask over allow, for each of its commands and each file they name. What
 * a deny or ask rule may cover without its text showing it has to be asked for.
 */
export function judgeCommand(command: string, cwd: string, policy: Policy): Judgement {
  const text = command.trim()
  const script = parseScript(text)
  const seen = seenCommands(text, script, { cwd, home: policy.home })
  const look = { seen, policy }
  const denied = covering(policy.deny, look)
  if (denied) return byRule(denied, `${refusal(text)} (${ruleNote(denied)})`)
  const asked = covering(policy.ask, look)
  if (asked) return byRule(asked, `the ${ruleNote(asked)} covers ${shown(text)}`)
  const allowed = allowing(text, script, cwd, policy)
  const hidden = hiddenFrom([...policy.deny, ...policy.ask], seen, allowed !== null)
  if (hidden) return hidden
  if (allowed) return allowed
  return byMode(text, script, cwd, policy)
}

function covering(rules: readonly LocatedRule[], { seen, policy }: Look): LocatedRule | undefined {
  const places = ruleContexts(policy)
  return rules.find(({ rule }) => places.some((place) => forbids(rule, seen, place)))
}

function allowing(text: string, script: Script, cwd: string, policy: Policy): Judgement | null {
  const verdict = checkAllowed(text, script, contextOf(cwd, policy))
  if (!verdict.allowed || (verdict.rules.length === 0 && !verdict.byMode)) return null
  const rule = policy.allow.find((located) => located.rule === verdict.rules[0]) ?? null
  return {
    verdict: 'allow',
    rule,
    reason: rule ? `the ${ruleNote(rule)} covers it` : `the mode ${policy.mode} allows it`,
  }
}

/** A rule that may cover what the text does not show; where an allow rule covers the text, only hidden commands count. */
function hiddenFrom(rules: readonly LocatedRule[], seen: SeenCommands, allowed: boolean): Judgement | undefined {
  for (const rule of rules) {
    const why = mayForbid(rule.rule, seen, allowed ? 'commands' : 'all')
    if (why !== undefined) {
      return {
        verdict: 'ask',
        rule,
        reason: `${why}, and the ${ruleNote(rule)} may cover it: name it in the command itself`,
      }
    }
  }
  return undefined
}

/** What a mode says of a command that no rule covers: reading is free in all of them. */
function byMode(text: string, script: Script, cwd: string, policy: Policy): Judgement {
  const { mode } = policy
  if (mode !== 'dontAsk' && mode !== 'plan') return NO_JUDGEMENT
  const reading = checkAllowed(text, script, { ...contextOf(cwd, policy), allow: [], mode: 'default' })
  if (reading.allowed) return NO_JUDGEMENT
  if (mode === 'plan') return { verdict: 'ask', rule: null, reason: 'in plan mode commands only read' }
  const reason = `${refusal(text)} (no rule allows it, and the mode is dontAsk)`
  return { verdict: 'deny', rule: null, reason }
}

/** Claude Code's words for a command that is denied. */
function refusal(text: string): string {
  return `Permission to use Bash with command ${shown(text)} has been denied.`
}

/** The model knows what it asked for: the beginning of a long command says which one. */
function shown(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}

const LONGEST_SHOWN = 1_000

function contextOf(cwd: string, policy: Policy): PermissionContext {
  return {
    cwd,
    ruleFolder: policy.cwd,
    directories: [...policy.directories],
    home: policy.home,
    allow: policy.allow.map(({ rule }) => rule),
    // Looked at before, and by their exact tools.
    deny: [],
    ask: [],
    mode: policy.mode,
  }
}
