/** The arguments of a call in a script, and where it ends. */
interface Literal {
  readonly value: Readonly<Record<string, unknown>>
  readonly end: number
}

/**
 * Returns the arguments of the one `exec_command` call of a code-mode script, if the script's text leaves no doubt of them:
 * a single literal object, and nothing in the script that could reach a tool another way. Null otherwise.
 */
export function onlyCommandCall(script: string): Readonly<Record<string, unknown>> | null {
  if (count(script, /\bexec_command\b/g) !== 1 || count(script, /\btools\b/g) !== 1) return null
  const call = /\btools\s*\.\s*exec_command\s*\(\s*/.exec(script)
  if (!call) return null
  const literal = readObject(script, call.index + call[0].length)
  if (!literal || !/^\s*,?\s*\)/.test(script.slice(literal.end))) return null
  const rest = script.slice(0, call.index) + script.slice(literal.end)
  // Only brackets and these names lead to what the text does not show.
  return /[[\]\\`]|\b(?:eval|Function|constructor|globalThis|Reflect|Proxy|import|load|store)\b/.test(rest)
    ? null
    : literal.value
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/** Reads `{key: "text", "key": true}`: texts without substitutions, numbers, words and lists of texts. */
function readObject(text: string, start: number): Literal | null {
  const value: Record<string, unknown> = {}
  let at = skip(text, start)
  if (text[at] !== '{') return null
  at = skip(text, at + 1)
  while (text[at] !== '}') {
    const key = readToken(text, at, /(?:[A-Za-z_$][\w$]*)|(?:"[^"\\]*")|(?:'[^'\\]*')/y)
    if (key === null) return null
    at = skip(text, at + key.length)
    if (text[at] !== ':') return null
    const item = readValue(text, skip(text, at + 1))
    if (!item) return null
    const name = key.replace(/^["']|["']$/g, '')
    // A key that is given twice or changes the object itself is no plain literal.
    if (Object.hasOwn(value, name) || name === '__proto__') return null
    value[name] = item.value
    at = skip(text, item.end)
    if (text[at] === ',') at = skip(text, at + 1)
    else if (text[at] !== '}') return null
  }
  return { value, end: at + 1 }
}

function readValue(text: string, at: number): { value: unknown; end: number } | null {
  const string = readToken(text, at, /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`/sy)
  if (string !== null) {
    const value = unquoted(string)
    return value === null ? null : { value, end: at + string.length }
  }
  const word = readToken(text, at, /true\b|false\b|-?\d[\d_]*(?:\.\d+)?(?:e\d+)?\b/y)
  if (word !== null) return { value: word, end: at + word.length }
  const list = readToken(text, at, /\[\s*(?:"[^"\\\n]*"\s*,?\s*)*\]/y)
  return list === null ? null : { value: list, end: at + list.length }
}

/** The text of a quoted string; null for escapes that JSON does not have. */
function unquoted(string: string): string | null {
  const quote = string[0] as string
  const body = string.slice(1, -1)
  const json =
    quote === '"'
      ? body
      : body.replace(/\\(['`$])|(")|(\n)|(\t)/g, (_all, escaped: string | undefined, double, line) =>
          escaped !== undefined ? escaped : double !== undefined ? '\\"' : line !== undefined ? '\\n' : '\\t',
        )
  try {
    return JSON.parse(`"${json}"`) as string
  } catch {
    return null
  }
}

function readToken(text: string, at: number, pattern: RegExp): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

function skip(text: string, at: number): number {
  while (/\s/.test(text[at] ?? '')) at += 1
  return at
}
