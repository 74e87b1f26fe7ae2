/** Header names and values in wire order. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>

/** RFC 9110 section 7.6.1, plus two names that are still in use. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Converts Node's flat `rawHeaders` to pairs, in wire order. */
export function headerPairs(rawHeaders: readonly string[]): HeaderList {
  const pairs: Array<[string, string]> = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''])
  }
  return pairs
}

/** Returns the first value of a header (`name` in lower case), or null. */
export function headerValue(headers: HeaderList, name: string): string | null {
  return headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1] ?? null
}

/** Returns the end-to-end headers: RFC 9110 7.6.1 names, those named by `Connection`, and `also` are dropped. */
export function endToEnd(headers: HeaderList, also: readonly string[] = []): HeaderList {
  const dropped = new Set([...HOP_BY_HOP, ...also])
  for (const [name, value] of headers) {
    if (name.toLowerCase() === 'connection') {
      for (const option of value.split(',')) dropped.add(option.trim().toLowerCase())
    }
  }
  return headers.filter(([name]) => !dropped.has(name.toLowerCase()))
}
