/** Checks an upstream URL: returns the problem as the end of a sentence, or null for a valid one. */
export function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'is not a URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither http nor https'
  if (url.username !== '' || url.password !== '') return 'carries credentials'
  return null
}

/** Quotes a value for a message. Text before the `@` of a URL's authority may be a password and is replaced by `***`. */
export function quoted(value: unknown): string {
  return JSON.stringify(value)?.replace(/(\/\/)[^/?#"]*@/g, '$1***@') ?? String(value)
}
