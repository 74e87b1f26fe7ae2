/** Formats a value as TOML on one line, as `-c` expects it. */
export function inlineToml(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : numberWord(value)
  if (Array.isArray(value)) return `[${value.map(inlineToml).join(',')}]`
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, entry]) => `${keyText(key)}=${inlineToml(entry)}`)
    return `{${members.join(',')}}`
  }
  return String(value)
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : quoted(key)
}

/** JSON strings are valid TOML strings except for DEL. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f')
}

function numberWord(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  return value > 0 ? 'inf' : '-inf'
}
