import { wildcard } from './wildcard.js'

/** Which slash commands may run: one that every `allow` list and no `deny` list names. */
export interface CommandLists {
  readonly allow: readonly CommandList[]
  readonly deny: readonly CommandList[]
}

/** Globs (`*`, `?`) of command names, and where they are written. */
export interface CommandList {
  readonly patterns: readonly string[]
  readonly where: string
}

/** Every list counts, whoever wrote it: a project can only narrow what its user allows. A variable's is split at commas. */
export function readCommandLists(
  said: ReadonlyArray<{ readonly value: unknown; readonly where: string }>,
): CommandList[] {
  return said.map(({ value, where }) => {
    const patterns = Array.isArray(value) ? (value as string[]) : String(value).split(',')
    return { where, patterns: patterns.map((pattern) => pattern.trim().replace(/^\//, '')).filter(Boolean) }
  })
}

/** Why a command may not run, as one sentence; null where it may. */
export function whyNotAllowed(name: string, lists: CommandLists): string | null {
  const matches = ({ patterns }: CommandList): boolean => patterns.some((pattern) => wildcard(pattern, name))
  const deny = lists.deny.find(matches)
  if (deny) return `/${name} is not run: denyCommands of ${deny.where} names it.`
  const allow = lists.allow.find((list) => !matches(list))
  return allow ? `/${name} is not run: allowCommands of ${allow.where} does not name it.` : null
}
