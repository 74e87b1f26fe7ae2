/** A rule of secretlint, as far as it is used here. */
interface Rule {
  readonly meta: { readonly id: string }
  create(context: object, options: object): { file?(source: object): unknown }
}

/** Finds credentials in a text and returns their ranges. */
type FindSecrets = (text: string) => Array<readonly [start: number, end: number]>

let find: FindSecrets | undefined
let loading: Promise<void> | undefined

/**
 * Loads the rules of secretlint, once; it takes some tens of ms, so it is done when the first text is to be recorded. Never
 * rejects: without them `redactByRules` changes nothing.
 */
export function loadSecretRules(): Promise<void> {
  loading ??= load().then(
    (found) => {
      find = found
    },
    () => {},
  )
  return loading
}

/** What every credential has, so that short texts are not searched: a long word, or an address with a login. */
const MAY_HOLD = /[\w+/=.-]{16}|:\/\//

/** Replaces what the rules find, once they are loaded. A text of 1 MB takes about 50 ms, a short one 0.1 ms. */
export function redactByRules(text: string): string {
  if (find === undefined || !MAY_HOLD.test(text)) return text
  const ranges = find(text)
  if (ranges.length === 0) return text
  let result = ''
  let from = 0
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    if (end <= from) continue
    if (start >= from) result += `${text.slice(from, start)}[redacted]`
    from = end
  }
  return result + text.slice(from)
}

/** Lets the rules, once they are loaded, search for the first time: it takes ten times as long as any later search. */
export function warmSecretRules(): void {
  redactByRules('x'.repeat(16))
}

async function load(): Promise<FindSecrets> {
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend')
  let ranges: Array<readonly [number, number]> = []
  const context = {
    createTranslator: () => (messageId: string) => ({ message: messageId, messageId }),
    report: ({ range }: { range: readonly [number, number] }) => void ranges.push(range),
    ignore() {},
  }
  const checks = (rules as unknown as readonly Rule[])
    // A comment in a text must not switch the rules off.
    .filter(({ meta }) => !meta.id.endsWith('filter-comments'))
    .map((rule) => rule.create(context, {}))
  return (text) => {
    ranges = []
    const source = { filePath: 'text', content: text, ext: '', contentType: 'text' }
    for (const check of checks) {
      try {
        // Those for binary files answer later; they find nothing in a text.
        Promise.resolve(check.file?.(source)).catch(() => {})
      } catch {
        // A rule that fails costs itself.
      }
    }
    return ranges
  }
}
