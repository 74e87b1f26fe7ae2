import { wildcard } from './wildcard.js'

/** Which slash commands may run: a command must be in every `allow` list and in no `deny` list. */
export interface CommandLists {
  readonly allow: readonly CommandList[]
  readonly deny: readonly CommandList[]
}

/** Globs (`*`, `?`) of command names, and the file or variable they come from. */
export interface CommandList {
  readonly patterns: readonly string[]
  readonly where: string
}

/**
 * Parses the lists of all sources. All of them apply, so that a project can only narrow what its user allows. The value
 * of a variable is split at commas.
 */
export function readCommandLists(
  sources: ReadonlyArray<{ readonly value: unknown; readonly where: string }>,
): CommandList[] {
  return sources.map(({ value, where }) => {
    const patterns = Array.isArray(value) ? (value as string[]) : String(value).split(',')
    return { where, patterns: patterns.map((pattern) => pattern.trim().replace(/^\//, '')).filter(Boolean) }
  })
}

/** Returns the reason why a command may not run, as one sentence; null when it may. The lists may use any of its names. */
export function whyNotAllowed(name: string, lists: CommandLists, names: readonly string[] = [name]): string | null {
  const matches = ({ patterns }: CommandList): boolean =>
    patterns.some((pattern) => names.some((each) => wildcard(pattern, each)))
  const deny = lists.deny.find(matches)
  if (deny) return `/${name} is not run: denyCommands of ${deny.where} names it.`
  const allow = lists.allow.find((list) => !matches(list))
  return allow ? `/${name} is not run: allowCommands of ${allow.where} does not name it.` : null
}
