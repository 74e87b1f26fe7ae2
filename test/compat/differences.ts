/** Names every place where two values differ, with what was expected there and what came; empty where they are equal. */
export function differences(got: unknown, wanted: unknown, place = ''): string[] {
  if (isTree(got) && isTree(wanted) && Array.isArray(got) === Array.isArray(wanted)) {
    const keys = new Set([...Object.keys(wanted), ...Object.keys(got)])
    return [...keys].flatMap((key) => differences(got[key], wanted[key], place === '' ? key : `${place}.${key}`))
  }
  if (Object.is(got, wanted)) return []
  return [`${place}\n  recorded: ${shown(wanted)}\n  now:      ${shown(got)}`]
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A long text is shown from where reading it helps: its beginning and its end. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 600 ? `${text.slice(0, 400)} … ${text.slice(-150)}` : text
}
