import { parseScript } from './bash/parse-script.js'
import type { Construct, Script, SimpleCommand, Word } from './bash/script.js'
import { allowTexts, denyTexts, tellingAssignment, unwrapped } from './command-text.js'
import { changedFolder, fileProblem, type Reach, redirectionProblem } from './file-access.js'
import { isReadOnly } from './read-only-command.js'
import { type ShellRule, shellRules } from './shell-rule.js'

/** What a shell command is checked against. Rules are as written in settings (`Bash(git status:*)`). */
export interface PermissionContext {
  cwd: string
  /** The folders in which commands may work: the working directory and the added ones. */
  directories: string[]
  home: string
  allow: string[]
  deny: string[]
  ask: string[]
  mode: 'default' | 'acceptEdits' | 'bypassPermissions' | 'plan' | 'dontAsk'
}

/** Whether a command may run, and if not, why, in one sentence. */
export type Verdict = { readonly allowed: true } | Refusal

/** Why a command may not run, as the end of a sentence, and the rules that would allow it where rules can. */
export interface Refusal {
  readonly allowed: false
  readonly reason: string
  readonly remedy?: string
  /** Whether a deny rule covers the command. */
  readonly denied?: boolean
}

/** Beyond this a command line is not read, only refused. */
const LONGEST = 100_000

/** What no rule sees through: it needs a rule for exactly this command line, or for all of Bash. */
const OPAQUE: readonly Construct[] = [
  'command substitution',
  'process substitution',
  'arithmetic expansion',
  'parameter expansion',
  'ansi-c string',
  'subshell',
  'group',
  'background',
  'heredoc',
  'here string',
  'function',
  'arithmetic',
  'conditional expression',
  'case',
  'select',
  'coproc',
]

/** Variables whose value is the session's own. */
const KNOWN_VARIABLES = new Set('HOME PWD OLDPWD USER LOGNAME SHELL HOSTNAME PATH UID EUID TMPDIR ? $'.split(' '))

/** Builtins that run their arguments as code, or change what later commands mean: no pattern covers them. */
const EVALUATING = new Set(
  'eval source . exec command builtin fc coproc trap enable mapfile readarray hash bind complete compgen alias let'.split(
    ' ',
  ),
)

/** What `acceptEdits` lets pass inside the folders. */
const EDITING = new Set(['mkdir', 'touch', 'rm', 'rmdir', 'mv', 'cp', 'sed'])

/**
 * Decides whether a shell command may run without asking: deny over ask over allow, every command of a compound for
 * itself, reading inside the folders is free. What is not understood is not allowed.
 */
export function checkShellCommand(command: string, context: PermissionContext): Verdict {
  const text = command.trim()
  const allow = shellRules(context.allow)
  const script: Script = text.length > LONGEST ? unread() : parseScript(text)
  const denied = forbidding(text, script, shellRules(context.deny))
  if (denied !== undefined) return { ...refuse(`the deny rule ${denied} covers it`), denied: true }
  const asked = forbidding(text, script, shellRules(context.ask))
  if (asked !== undefined) return refuse(`the ask rule ${asked} covers it, and a command file cannot ask`)
  if (context.mode === 'bypassPermissions' || allow.some(({ all }) => all) || text === '') return { allowed: true }
  const exact = allow.some((rule) => rule.exact === text)
  const opaque = opaqueness(text, script)
  if (opaque !== undefined) return exact ? { allowed: true } : refuse(opaque)
  return checkCommands(script.commands, exact, allow, context)
}

function checkCommands(
  commands: SimpleCommand[],
  exact: boolean,
  allow: ShellRule[],
  context: PermissionContext,
): Verdict {
  const { cwd, home, directories, deny, mode } = context
  const reach: Reach = { cwd, home, directories, deny, allow: context.allow, starts: [cwd] }
  const needed: string[] = []
  const rules = new Set<string>()
  let moved = false
  for (const command of commands) {
    const misplaced = redirectionProblem(command, reach, mode === 'acceptEdits') ?? fileProblem(command, reach)
    if (misplaced !== undefined) return refuse(misplaced)
    const name = command.words[0]?.text
    if (name === 'cd') {
      const folders = changedFolder(command, reach)
      if (!folders || reach.starts.length > 16) return refuse(`where '${command.raw}' leads is not known`)
      reach.starts = [...new Set([...reach.starts, ...folders])]
      moved ||= reach.starts.length > 1
    }
    if (moved && unwrapped(command.words)[0]?.text === 'git' && !exact) {
      return refuse(`'${command.raw}' would run git in another folder, whose configuration may run programs`)
    }
    if (exact || isAllowed(command, allow, mode)) continue
    if (EVALUATING.has(name ?? '')) return refuse(`'${name}' runs its arguments as code`)
    needed.push(command.raw)
    rules.add(ruleFor(command))
  }
  const parts = [...new Set(needed)].map((part) => `'${part}'`)
  if (parts.length === 0) return { allowed: true }
  return { ...refuse(`no rule allows ${parts.join(', ')}`), remedy: [...rules].join(', ') }
}

function isAllowed(command: SimpleCommand, allow: ShellRule[], mode: PermissionContext['mode']): boolean {
  const name = command.words[0]?.text
  // Redirections of a whole compound: they were looked at already.
  if (name === undefined) return command.assignments.length === 0
  const texts = allowTexts(command)
  if (allow.some(({ exact }) => exact !== undefined && texts.includes(exact))) return true
  if (EVALUATING.has(name)) return isLookup(command.words)
  const assignment = tellingAssignment(command)
  const patterns =
    assignment === undefined ? allow : allow.filter(({ source }) => source.startsWith(`Bash(${assignment}=`))
  if (patterns.some(({ matches }) => texts.some(matches))) return true
  if (command.assignments.length > 0) return false
  if (mode === 'acceptEdits' && EDITING.has(name) && !runsSedScript(command.words)) return true
  return isReadOnly(command.words.map(({ text }) => text))
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
  const script = rest.find((text) => !text.startsWith('-')) ?? ''
  return !/^s\/(?:[^/\\\n]|\\[^\n])*\/(?:[^/\\\n]|\\[^\n])*\/[gpiIm0-9]*$/.test(script)
}

/** The rule that covers the command line or any command in it, those in substitutions included. */
function forbidding(text: string, script: Script, rules: ShellRule[]): string | undefined {
  if (rules.length === 0) return undefined
  const texts = [text, ...script.commands.flatMap(denyTexts)]
  return rules.find((rule) => texts.some(rule.matches))?.source
}

/** Why a command line cannot be judged from its text; undefined when it can. */
function opaqueness(text: string, script: Script): string | undefined {
  if (script.error) return `it is not understood: ${script.error.message}`
  const construct = OPAQUE.find((kind) => script.constructs.has(kind))
  if (construct !== undefined) return `it contains ${article(construct)}, which no pattern covers`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text)) return 'it contains control characters'
  if (/[\u00a0\u1680\u2000-\u200d\u2028-\u202f\u205f\u2060\u3000\ufeff]/.test(text))
    return 'it contains unusual white space'
  for (const { words, assignments, redirections } of script.commands) {
    const all = [...words, ...assignments.map(({ value }) => value), ...redirections.map(({ target }) => target)]
    for (const word of all) {
      const unknown = unknownPart(word)
      if (unknown !== undefined) return unknown
    }
    const [name] = words
    if (name && (name.glob || name.tilde || name.parts.some((part) => typeof part !== 'string'))) {
      if (name.raw !== '[') return `the name of the command, '${name.raw}', is not known before it runs`
    }
  }
  return undefined
}

function unknownPart(word: Word): string | undefined {
  if (word.brace) return `'${word.raw}' contains a brace expansion, which no pattern covers`
  for (const part of word.parts) {
    if (typeof part !== 'string' && !KNOWN_VARIABLES.has(part.variable)) {
      return `it contains the variable $${part.variable}, whose value is not known`
    }
  }
  return undefined
}

function article(construct: Construct): string {
  return `${/^[aeiou]/.test(construct) ? 'an' : 'a'} ${construct}`
}

function unread(): Script {
  return { commands: [], separators: [], constructs: new Set(), error: { offset: LONGEST, message: 'it is too long' } }
}

/** The usual rule for a command: its program with any arguments, with the subcommand for programs that have some. */
function ruleFor({ words }: SimpleCommand): string {
  const [program, second] = unwrapped(words).map(({ text }) => text)
  if (!program) return 'Bash'
  const sub = SUBCOMMANDED.has(program) && second && /^[a-z][\w-]*$/.test(second) ? ` ${second}` : ''
  return `Bash(${program}${sub}:*)`
}

const SUBCOMMANDED: ReadonlySet<string> = new Set([
  'git',
  'gh',
  'npm',
  'pnpm',
  'yarn',
  'docker',
  'kubectl',
  'cargo',
  'go',
])

function refuse(reason: string): Refusal {
  return { allowed: false, reason }
}
