/** More texts than this are not made. */
const MOST = 256

/** What bash makes of `{a,b}` and `{1..3}` in a text; the text alone where there are none, undefined for too many. */
export function expandBraces(text: string): string[] | undefined {
  const texts = [text]
  for (let at = 0; at < texts.length && texts.length <= MOST; ) {
    const parts = firstBrace(texts[at] as string)
    if (parts === undefined) at++
    else texts.splice(at, 1, ...parts)
  }
  return texts.length > MOST ? undefined : texts
}

function firstBrace(text: string): string[] | undefined {
  for (let open = text.indexOf('{'); open >= 0; open = text.indexOf('{', open + 1)) {
    const found = readBrace(text, open)
    if (found) return found.items.map((item) => text.slice(0, open) + item + text.slice(found.end))
  }
  return undefined
}

function readBrace(text: string, open: number): { items: string[]; end: number } | undefined {
  const items: string[] = []
  let depth = 0
  let from = open + 1
  for (let at = open; at < text.length; at++) {
    const char = text[at]
    if (char === '{') depth++
    else if (char === '}' && --depth === 0) {
      const last = text.slice(from, at)
      const all = items.length > 0 ? [...items, last] : rangeOf(last)
      return all && { items: all, end: at + 1 }
    } else if (char === ',' && depth === 1) {
      items.push(text.slice(from, at))
      from = at + 1
    }
  }
  return undefined
}

function rangeOf(text: string): string[] | undefined {
  const found = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.-?\d+)?$/.exec(text)
  if (!found) return undefined
  const [, first = '', last = ''] = found
  const numbers = /\d/.test(first) && /\d/.test(last)
  const [from, to] = numbers ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)]
  if (Math.abs(to - from) >= MOST) return undefined
  const step = from <= to ? 1 : -1
  const count = Math.abs(to - from) + 1
  return Array.from({ length: count }, (_, at) => {
    const value = from + at * step
    return numbers ? String(value) : String.fromCharCode(value)
  })
}
