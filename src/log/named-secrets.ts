/**
 * The end of a name that a credential is assigned to, up to its value: `MY_TOKEN=`, `"client_secret": `, `--password=`,
 * `apiKey := `. What stands before is read backwards from the match, so that a long word costs no time.
 */
const ASSIGNMENT =
  /(?:token|secret|passw(?:or)?d|passphrase|_pass|_pwd|_pat|_key|credential|signature|(?:api|access|account|private|signing|encryption|master|auth|deploy|license|service|webhook)[_.-]?key|_auth)[\w.-]{0,40}\\{0,3}["'`\]]{0,2}[ \t]{0,8}(?::=|=>|[:=])\s{0,8}/gi

/** A secret behind the word that names it: options of programs, .netrc. */
const SPACED =
  /(--?(?:[a-z]{1,20}-){0,3}(?:token|password|passwd|passphrase|secret|api-?key|access-key|secret-key)[ \t]{1,4}|\blogin\s{1,8}[^\s]{1,200}\s{1,8}password\s{1,8}|\s-H?u[ \t]{1,4}["']?[^\s:"'@]{1,80}:|--user[ =][ \t]{0,4}["']?[^\s:"'@]{1,80}:)/gi

/** Names whose value is a credential whatever it looks like. */
const STRONG =
  /(?:secret|passw(?:or)?d|passphrase|(?:api|access|account|private|signing|encryption|master)[_.-]?key|(?:access|refresh|id|session|auth|bearer)[_.-]?token|_authToken|_auth|_password)$/i
/** Names that only look like those: counts, public keys, types. */
const NO_SECRET =
  /tokens$|public|(?:^|[_.-])(?:max|min|num|total|input|output|next|page|cancel|csrf)[_.-]?tokens?$|_key_id$/i
/** Values that are no secrets: references, types, what is left out already. */
const NO_VALUE =
  /^(?:\$|<|%|\{\{|\*+$|\[redacted|\[segment|(?:null|true|false|undefined|none|nil|string|number|boolean|bytes|str|int|any|object|required|optional|process\.env\b.*|os\.environ\b.*|env\..*|secrets\..*)$)/i

/** Replaces values by their names: assignments, JSON and YAML members, headers, options, .netrc. */
export function redactNamed(text: string): string {
  return replaceAfter(replaceAfter(text, ASSIGNMENT, isNamedSecret), SPACED, (before, value) =>
    /[:\s]password\s+$|:$/i.test(before) ? value.length >= 2 : looksSecret(value),
  )
}

/** Replaces the value behind each match if `isSecret` says so of the name (with its separator) and the value. */
function replaceAfter(
  text: string,
  pattern: RegExp,
  isSecret: (name: string, value: string, next: string) => boolean,
): string {
  pattern.lastIndex = 0
  let result = ''
  let from = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    // The beginning decides, so that long values that are no secrets take no time.
    const beginning = valueAt(text, pattern.lastIndex, 0)
    const value = text.slice(beginning.start, beginning.end)
    if (value === '' || NO_VALUE.test(value)) continue
    if (!isSecret(wholeName(text, match.index) + match[0], value, text.charAt(beginning.end))) continue
    const { start, end } = valueAt(text, pattern.lastIndex, 1)
    result += `${text.slice(from, start)}[redacted]`
    from = end
    pattern.lastIndex = end
  }
  return from === 0 ? text : result + text.slice(from)
}

/** Finds a value: what is in quotation marks (also escaped ones), else a word; its beginning (0) or all of it (1). */
function valueAt(text: string, at: number, which: 0 | 1): { start: number; end: number } {
  const opening = QUOTE.exec(text.slice(at, at + 9))?.[0]
  const start = at + (opening?.length ?? 0)
  const pattern = VALUES[opening?.at(-1) ?? '']?.[which]
  if (pattern === undefined) return { start, end: start }
  pattern.lastIndex = start
  pattern.test(text)
  return { start, end: Math.max(start, pattern.lastIndex) }
}

const QUOTE = /^\\{0,7}["'`]/
/** A backslash ends a value: it is an escape of the text around it. */
const VALUES: Readonly<Record<string, readonly [beginning: RegExp, whole: RegExp]>> = {
  '': valuePatterns('\\s"\'`\\\\,;&|<>(){}'),
  '"': valuePatterns('"\\\\\\r\\n'),
  "'": valuePatterns("'\\\\\\r\\n"),
  '`': valuePatterns('`\\\\\\r\\n'),
}

function valuePatterns(ends: string): readonly [RegExp, RegExp] {
  return [new RegExp(`[^${ends}]{1,128}`, 'y'), new RegExp(`[^${ends}]{1,65536}`, 'y')]
}

/** The part of a name in front of a match. */
function wholeName(text: string, at: number): string {
  return /[\w.-]*$/.exec(text.slice(Math.max(0, at - 60), at))?.[0] ?? ''
}

function isNamedSecret(before: string, value: string, next: string): boolean {
  const name = /^[\w.-]*/.exec(before)?.[0] ?? ''
  if (NO_SECRET.test(name)) return false
  // Variables of the environment and constants.
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return value.length >= 2 && !(/TOKEN|KEY/.test(name) && /^\d{1,6}$/.test(value))
  if (STRONG.test(name)) return value.length >= 4 && next !== '('
  return next !== '(' && looksSecret(value)
}

/** Whether a value may be a credential: long enough, with letters and digits, and no expression of a program. */
function looksSecret(value: string): boolean {
  if (value.length < 8 || /\s/.test(value) || /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/.test(value)) return false
  return /\d/.test(value) && /[A-Za-z]/.test(value)
}
