import { filesBelow } from './files-below.js'
import { forbidsBelow, forbidsPath, type PermissionRule, parseRule } from './parse-rule.js'
import type { RuleContext } from './policy.js'
import type { SeenCommands } from './seen-commands.js'
import type { SeenFile } from './seen-files.js'
import { shellRules } from './shell-rule.js'

/** Whether a deny or ask rule covers a command line: one of its commands, or a file that it reads or writes. */
export function forbids(rule: string, seen: SeenCommands, place: RuleContext): boolean {
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
function covers(rule: PermissionRule, file: SeenFile, path: string | undefined, place: RuleContext): boolean {
  if (rule.content === undefined && file.namesOnly) return false
  if (path === undefined) return forbidsPath({ ...rule, content: undefined }, '/', file.purpose, place)
  if (forbidsPath(rule, path, file.purpose, place)) return true
  if (!file.whole) return false
  return (!file.searched && forbidsBelow(rule, path, file.purpose, place)) || holds(rule, file, path, place)
}

/** What lies in a folder, by file and folder: several rules look at the same ones. */
const contents = new WeakMap<SeenFile, Map<string, readonly string[]>>()

/** Whether a folder that is taken as a whole holds a file that a rule with a pattern covers. */
function holds(rule: PermissionRule, file: SeenFile, folder: string, place: RuleContext): boolean {
  if (rule.content === undefined || !forbidsPath({ ...rule, content: undefined }, folder, file.purpose, place))
    return false
  const known = contents.get(file) ?? new Map<string, readonly string[]>()
  contents.set(file, known)
  const paths = known.get(folder) ?? filesBelow(folder)
  known.set(folder, paths)
  return paths.some((path) => file.searched?.(path) !== false && forbidsPath(rule, path, file.purpose, place))
}
