/** What is wrong with an upstream's URL, as the end of a sentence; null where nothing is. */
export function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'is not a URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither http nor https'
  if (url.username !== '' || url.password !== '') return 'carries credentials'
  return null
}

/** A value in quotes, for a message: whatever stands before an `@` of its authority may be a password, and is left out. */
export function quoted(value: unknown): string {
  return JSON.stringify(value)?.replace(/(\/\/)[^/?#"]*@/g, '$1***@') ?? String(value)
}
