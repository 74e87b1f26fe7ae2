/** The line a JSON error points at. V8 names a position for some errors only; a bad token shows in the lines up to it. */
export function lineOfJsonError(text: string, error: unknown): number {
  const position = /position (\d+)/.exec(String(error))?.[1]
  if (position !== undefined) return text.slice(0, Number(position)).split('\n').length
  const lines = text.split('\n')
  const bad = lines.findIndex((_, index) => hasBadToken(lines.slice(0, index + 1).join('\n')))
  return bad === -1 ? lines.length : bad + 1
}

function hasBadToken(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token')
  }
}
