import { parseRule } from './parse-rule.js'

/** How a `Bash(…)` rule matches one command; `exact` is the text itself, where the rule has no wildcard. */
export type ShellRule = {
  all: boolean
  exact: string | undefined
  matches: (command: string) => boolean
  source: string
}

/** The `Bash` rules among permission rules; rules of other tools and broken ones are left out. */
export function shellRules(rules: readonly string[]): ShellRule[] {
  return rules.flatMap((source): ShellRule[] => {
    const rule = parseRule(source)
    if (rule?.tool !== 'Bash') return []
    if (rule.content === undefined) return [{ all: true, exact: undefined, matches: () => true, source }]
    return [{ all: false, source, ...pattern(rule.content) }]
  })
}

function pattern(content: string): Pick<ShellRule, 'exact' | 'matches'> {
  const prefix = /^([\s\S]+):\*$/.exec(content)?.[1]
  if (prefix !== undefined && !hasStar(prefix))
    return { exact: undefined, matches: (command) => starts(command, prefix) }
  const glob = prefix === undefined ? content : `${prefix} *`
  if (!hasStar(glob)) {
    const exact = starless(content)
    return { exact, matches: (command) => command === exact }
  }
  const pieces = glob.split(/(?<!\\)\*/).map(starless)
  // `git *` is `git` with or without arguments.
  const optional = pieces.length === 2 && pieces[1] === '' && (pieces[0] as string).endsWith(' ')
  const bare = optional ? (pieces[0] as string).trimEnd() : undefined
  return { exact: undefined, matches: (command) => command === bare || inOrder(pieces, command) }
}

function starts(command: string, prefix: string): boolean {
  return command === prefix || command.startsWith(`${prefix} `)
}

function hasStar(text: string): boolean {
  return /(?<!\\)\*/.test(text)
}

function starless(text: string): string {
  return text.replaceAll('\\*', '*')
}

/** Whether the pieces between the stars stand in the text in order, the first in front and the last at the end. */
function inOrder(pieces: string[], text: string): boolean {
  const first = pieces[0] as string
  const last = pieces.at(-1) as string
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= text.length - last.length
}
