/** Words that YAML reads as something else than text. */
const YAML_WORDS = /^(?:true|false|null|yes|no|on|off|y|n|\.inf|\.nan)$/i
/** A value whose first character starts neither a YAML indicator nor a number. */
const PLAIN = /^(?:[A-Za-z/$(\u00c0-\u1fff\u3040-\ud7ff]|\.[A-Za-z/])/
const DOUBLE_QUOTED = /^"([^"\\]*)"$/
const SINGLE_QUOTED = /^'([^']*)'$/
/** Tabs, control characters and other kinds of spaces: YAML has special rules for each. */
const UNCOMMON = /(?![ \n])[\s\p{C}]/u
const KEY_LINE = /^([A-Za-z_][\w-]*):(?: (.*))?$/
const ITEM_LINE = /^( *)- (.*)$/

/**
 * Reads the metadata most command files have (`key: value` lines and lists of words) without a YAML library, which
 * takes 20 ms to load. Returns null for everything that might mean something else in YAML.
 */
export function readPlainMetadata(source: string): Record<string, unknown> | null {
  const values: Record<string, unknown> = {}
  let list: unknown[] | null = null
  let indent = ''
  const text = source.replaceAll('\r\n', '\n')
  if (UNCOMMON.test(text)) return null
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const item = list && ITEM_LINE.exec(line)
    if (list && item) {
      const [, spaces = '', written = ''] = item
      const value = scalar(written.trim())
      // All items of a list have the same indentation.
      if (value === null || (list.length > 0 && spaces !== indent)) return null
      indent = spaces
      list.push(value)
      continue
    }
    if (list?.length === 0) return null
    const [, key, written = ''] = KEY_LINE.exec(line) ?? []
    if (key === undefined || key === '__proto__' || YAML_WORDS.test(key) || Object.hasOwn(values, key)) return null
    list = written.trim() === '' ? [] : null
    const value = list ?? readValue(written.trim())
    if (value === null) return null
    values[key] = value
  }
  return list?.length === 0 ? null : values
}

function readValue(text: string): unknown {
  if (!text.startsWith('[')) return scalar(text)
  if (!text.endsWith(']')) return null
  const inner = text.slice(1, -1)
  if (inner.trim() === '' || /[[\]{}#"'&|>%@`]/.test(inner)) return null
  const items = inner.split(',').map((item) => scalar(item.trim()))
  return items.includes(null) ? null : items
}

/** Returns one string value; null for anything that is not, or may not be, a string in YAML. */
function scalar(text: string): string | null {
  const quoted = DOUBLE_QUOTED.exec(text)?.[1] ?? SINGLE_QUOTED.exec(text)?.[1]
  if (quoted !== undefined) return quoted
  const plain = PLAIN.test(text) && !YAML_WORDS.test(text) && !/:(?: |$)| #/.test(text)
  return plain ? text : null
}
