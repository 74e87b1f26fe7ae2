import { allowTexts, tellingAssignment, unwrapped } from './command-text.js'
import {
  changedFolder,
  fileProblem,
  grantingRule,
  type Reach,
  redirectionAccesses,
  redirectionProblem,
} from './file-access.js'
import { followPath } from './follow-path.js'
import { forbids } from './forbidding-rule.js'
import { opaqueness } from './opaque-line.js'
import { parseScript } from './parse-script.js'
import { isReadOnly } from './read-only-command.js'
import type { Script, SimpleCommand, Word } from './script.js'
import { substitutes } from './sed-script.js'
import { seenCommands } from './seen-commands.js'
import { type ShellRule, shellRules } from './shell-rule.js'

/** What a shell command is checked against. Rules are as written in settings (`Bash(git status:*)`). */
export interface PermissionContext {
  cwd: string
  /** Where the paths of rules start, if that is not `cwd`. */
  ruleFolder?: string
  /** The folders in which commands may work: the working directory and the added ones. */
  directories: string[]
  home: string
  allow: string[]
  deny: string[]
  ask: string[]
  mode: 'default' | 'acceptEdits' | 'bypassPermissions' | 'plan' | 'dontAsk'
}

/** Whether a command may run; `rules` are the allow rules without which it might not, `byMode` whether the mode was needed. */
export type Verdict = { readonly allowed: true; readonly rules: readonly string[]; readonly byMode: boolean } | Refusal

/** Why a command may not run, as the end of a sentence, and the rules that would allow it where rules can. */
export interface Refusal {
  readonly allowed: false
  readonly reason: string
  readonly remedy?: string
  /** Whether a deny rule covers the command. */
  readonly denied?: boolean
}

/** What lets one command run. */
type Grant = { by: 'reading' | 'mode' } | { by: 'rule'; rule: string }

/** Builtins that run their arguments as code, or change what later commands mean: no pattern covers them. */
const EVALUATING = new Set(
  'eval source . exec command builtin fc coproc trap enable mapfile readarray hash bind complete compgen alias let'.split(
    ' ',
  ),
)

/** What `acceptEdits` lets pass inside the folders. */
const EDITING = new Set(['mkdir', 'touch', 'rm', 'rmdir', 'mv', 'cp', 'sed'])

/** A line with more commands than this is not looked through. */
const MOST_COMMANDS = 1_000

/**
 * Decides whether a shell command may run without asking: deny over ask over allow, every command of a compound for
 * itself, reading inside the folders is free. What is not understood is not allowed.
 */
export function checkShellCommand(command: string, context: PermissionContext): Verdict {
  const text = command.trim()
  const script = parseScript(text)
  const forbidden = forbidding(text, script, context)
  if (forbidden !== undefined) return forbidden
  return checkAllowed(text, script, context)
}

/** The same without the deny and ask rules for commands, which the caller has looked at. */
export function checkAllowed(text: string, script: Script, context: PermissionContext): Verdict {
  const allow = shellRules(context.allow)
  const whole = allow.find(({ all, exact }) => all || exact === text)
  if (context.mode === 'bypassPermissions') return { allowed: true, rules: [], byMode: true }
  if (whole?.all) return { allowed: true, rules: [whole.source], byMode: false }
  if (text === '') return { allowed: true, rules: [], byMode: false }
  const opaque = opaqueness(text, script)
  if (opaque !== undefined) return whole ? { allowed: true, rules: [whole.source], byMode: false } : refuse(opaque)
  return checkCommands(script.commands, whole, allow, context)
}

/** Why a deny or ask rule keeps the line from running. */
function forbidding(
  text: string,
  script: Script,
  { deny, ask, cwd, ruleFolder, home }: PermissionContext,
): Refusal | undefined {
  if (deny.length + ask.length === 0) return undefined
  const seen = seenCommands(text, script, { cwd, home })
  const place = { cwd: ruleFolder ?? cwd, home }
  const denied = deny.find((rule) => forbids(rule, seen, place))
  if (denied !== undefined) return { ...refuse(`the deny rule ${denied} covers it`), denied: true }
  const asked = ask.find((rule) => forbids(rule, seen, place))
  return asked === undefined ? undefined : refuse(`the ask rule ${asked} covers it, and a command file cannot ask`)
}

function checkCommands(
  commands: SimpleCommand[],
  exact: ShellRule | undefined,
  allow: ShellRule[],
  context: PermissionContext,
): Verdict {
  if (commands.length > MOST_COMMANDS) return refuse('it holds too many commands')
  const { cwd, home, directories, deny, mode } = context
  const reach: Reach = { cwd: context.ruleFolder ?? cwd, home, directories, deny, allow: context.allow, starts: [cwd] }
  const grants: Grant[] = []
  const needed: string[] = []
  const remedies = new Set<string>()
  let moved = false
  for (const command of commands) {
    const misplaced = redirectionProblem(command, reach, mode === 'acceptEdits') ?? fileProblem(command, reach)
    if (misplaced !== undefined) return refuse(misplaced)
    const name = command.words[0]?.text
    if (name === 'cd') {
      const folders = changedFolder(command.words, reach)
      if (!folders || reach.starts.length > 16) return refuse(`where '${command.raw}' leads is not known`)
      reach.starts = [...new Set([...reach.starts, ...folders])]
      moved ||= folders.some((folder) => followPath('/', folder) !== followPath('/', cwd))
    }
    if (moved && unwrapped(command.words)[0]?.text === 'git' && !exact) {
      return refuse(`'${command.raw}' would run git in another folder, whose configuration may run programs`)
    }
    const written = writeGrant(command, reach, mode)
    if (written) grants.push(written)
    const grant: Grant | null = exact ? { by: 'rule', rule: exact.source } : grantOf(command, allow, mode)
    if (grant) grants.push(grant)
    else if (EVALUATING.has(name ?? '')) return refuse(`'${name}' runs its arguments as code`)
    else {
      needed.push(command.raw)
      remedies.add(ruleFor(command))
    }
  }
  const parts = [...new Set(needed)].map((part) => `'${part}'`)
  if (parts.length > 0) {
    return { ...refuse(`no rule allows ${parts.join(', ')}`), remedy: [...remedies].join(', ') }
  }
  const rules = grants.flatMap((grant) => (grant.by === 'rule' && grant.rule !== '' ? [grant.rule] : []))
  return { allowed: true, rules: [...new Set(rules)], byMode: grants.some(({ by }) => by === 'mode') }
}

/** What lets a command write to the files it is redirected to; null where it writes to none. */
function writeGrant(command: SimpleCommand, reach: Reach, mode: PermissionContext['mode']): Grant | null {
  const access = redirectionAccesses(command).find(({ purpose }) => purpose === 'write')
  if (!access) return null
  return mode === 'acceptEdits' ? { by: 'mode' } : { by: 'rule', rule: grantingRule(access.word, reach) ?? '' }
}

function grantOf(command: SimpleCommand, allow: ShellRule[], mode: PermissionContext['mode']): Grant | null {
  const name = command.words[0]?.text
  // Redirections of a whole compound: they were looked at already.
  if (name === undefined) return command.assignments.length === 0 ? { by: 'reading' } : null
  const texts = allowTexts(command)
  const exact = allow.find((rule) => rule.exact !== undefined && texts.includes(rule.exact))
  if (exact) return { by: 'rule', rule: exact.source }
  if (EVALUATING.has(name)) return isLookup(command.words) || reads(command) ? { by: 'reading' } : null
  const assignment = tellingAssignment(command)
  const patterns =
    assignment === undefined ? allow : allow.filter(({ source }) => source.startsWith(`Bash(${assignment}=`))
  const rule = patterns.find(({ matches }) => texts.some(matches))
  if (rule) return { by: 'rule', rule: rule.source }
  if (command.assignments.length > 0) return null
  if (mode === 'acceptEdits' && EDITING.has(name) && !runsSedScript(command.words)) return { by: 'mode' }
  return reads(command) ? { by: 'reading' } : null
}

function reads({ words, assignments }: SimpleCommand): boolean {
  return assignments.length === 0 && isReadOnly(words)
}

/** `command -v name` only looks the name up. */
function isLookup(words: Word[]): boolean {
  return words[0]?.text === 'command' && /^-[vV]$/.test(words[1]?.text ?? '')
}

/** A sed script may write files and run programs: only plain substitutions pass as edits. */
function runsSedScript(words: Word[]): boolean {
  if (words[0]?.text !== 'sed') return false
  const rest = words.slice(1).map(({ text }) => text)
  if (!rest.filter((text) => text.startsWith('-')).every((text) => /^-[inrE]+$/.test(text))) return true
  return !substitutes(rest.find((text) => !text.startsWith('-')) ?? '')
}

/** The usual rule for a command: its program with any arguments, with the subcommand for programs that have some. */
function ruleFor({ words }: SimpleCommand): string {
  const [program, second] = unwrapped(words).map(({ text }) => text)
  if (!program) return 'Bash'
  const sub = SUBCOMMANDED.has(program) && second && /^[a-z][\w-]*$/.test(second) ? ` ${second}` : ''
  return `Bash(${program}${sub}:*)`
}

const SUBCOMMANDED = new Set('git gh npm pnpm yarn docker kubectl cargo go'.split(' '))

function refuse(reason: string): Refusal {
  return { allowed: false, reason }
}
