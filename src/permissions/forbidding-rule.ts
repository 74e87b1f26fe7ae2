import { forbidsBelow, forbidsPath, type PermissionRule, parseRule } from './permission-rules.js'
import type { RulePlace } from './policy.js'
import type { SeenCommands, SeenFile } from './seen-commands.js'
import { shellRules } from './shell-rule.js'

/** Whether a deny or ask rule covers a command line: one of its commands, or a file that it reads or writes. */
export function forbids(rule: string, seen: SeenCommands, place: RulePlace): boolean {
  const [shell] = shellRules([rule])
  if (shell) return [...seen.texts].some(shell.matches)
  const parsed = parseRule(rule)
  return parsed !== undefined && seen.files.some((file) => file.paths.some((path) => covers(parsed, file, path, place)))
}

/**
 * Why a rule may cover a command line whose text does not show it, as a sentence without its full stop; undefined when it
 * cannot. `hiding` says whether hidden files count, or hidden commands alone.
 */
export function mayForbid(rule: string, seen: SeenCommands, hiding: 'all' | 'commands'): string | undefined {
  const [shell] = shellRules([rule])
  if (shell) return shell.all ? undefined : seen.unknown
  const parsed = parseRule(rule)
  if (!parsed || hiding === 'commands') return undefined
  const hidden = seen.files.find(
    (file) => !file.sure && !file.namesOnly && covers(parsed, file, undefined, { cwd: '/', home: '/' }),
  )
  return hidden && `which file it ${hidden.purpose}s ('${hidden.text}') shows only when it runs`
}

/** `path` is undefined for one that is not known: any rule for its purpose may cover it. */
function covers(rule: PermissionRule, file: SeenFile, path: string | undefined, place: RulePlace): boolean {
  if (rule.content === undefined && file.namesOnly) return false
  if (path === undefined) return forbidsPath({ ...rule, content: undefined }, '/', file.purpose, place)
  return forbidsPath(rule, path, file.purpose, place) || (file.whole && forbidsBelow(rule, path, file.purpose, place))
}
