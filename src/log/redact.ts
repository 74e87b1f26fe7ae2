import { redactNamed } from './named-secrets.js'
import { redactPrivateKeys } from './pem-blocks.js'
import { redactByRules } from './secret-rules.js'
import { redactTokens } from './token-forms.js'

/**
 * Builds a pattern for `text` at the start of a word, which includes the position after a JSON escape such as `\\n`. The
 * lookbehind comes after the text, so that the engine can search for the text: the other order takes far longer.
 */
const word = (text: string): string => String.raw`${text}(?<=(?:(?<![A-Za-z0-9_])|\\[bfnrt]|\\u[0-9A-Fa-f]{4})${text})`

const SECRETS: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  // A cookie header as text: the whole rest of its line.
  [/((?:set-)?cookie["']?\s*[:=]\s*)[^\r\n]+/gi, '$1[redacted]'],
  [
    /(authorization\\*["']?\s*[:=]\s*\\*["']?(?:Token|Api-?Key|Key|OAuth|Digest|Negotiate|NTLM|Hawk|DPoP|SSWS|SharedKey|AWS4-HMAC-SHA256)[ \t]+)[^"'\\\r\n]+/gi,
    '$1[redacted]',
  ],
  [/(authorization\\*["']?\s*[:=]\s*\\*["']?(?:Bearer|Basic))(?:\s|\\[nrt])+[^"'\\\s,}&]+/gi, '$1 [redacted]'],
  [new RegExp(String.raw`(${word('Bearer')})(?:\s|\\[nrt])+[A-Za-z0-9._~+/=-]{6,}`, 'gi'), '$1 [redacted]'],
  // `basic instructions` is prose: base64 comes in groups of four and has more than lower-case letters.
  [
    new RegExp(
      String.raw`(${word('Basic')}|${word('basic')}|${word('BASIC')})(?:\s|\\[nrt])+(?=\S*?(?:[\d+/=]|[a-z][A-Z]|[A-Z]{2}))(?:[\w+/-]{4})+(?:[\w+/-]{2}==|[\w+/-]{3}=)?(?![\w+/=-])`,
      'g',
    ),
    '$1 [redacted]',
  ],
  [new RegExp(`${word('sk-')}[A-Za-z0-9_-]{8,}`, 'g'), '[redacted key]'],
  [
    /(authorization\\*["']?\s*[:=]\s*\\*["']?)(?!(?:Bearer|Basic) \[redacted|[\w-]+[ \t]+\[redacted)[^"'\\\s,}&]{4,}/gi,
    '$1[redacted]',
  ],
  [/(\/\/)[^/?#\s"'\\]+@/g, '$1[redacted]@'],
  // The proxy's secret path segment, with or without its address.
  [/((?:127\.0\.0\.1|localhost):\d+\/)[A-Za-z0-9_-]{32,}/g, '$1[segment]'],
  [/\/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, '/[segment]'],
]

/** Names whose values are credentials, whatever they look like. */
const SECRET_NAME =
  /^(?:(?:set-)?cookie|(?:proxy-)?authorization|.*(?:access|refresh|id|session|auth)_?token|token|.*api[_-]?key|password|.*secret)$/i

/** Names whose values are credentials if they are texts: the name may also be that of a column or a property. */
const SECRET_TEXT_NAME =
  /(?:token|secret|passw(?:or)?d|passphrase|private_?key|access_?key|secret_?key|signing_?key|encryption_?key|credentials?|_key)$/i
/** Names that only look like those. */
const PLAIN_NAME = /(?:public|page|next|cursor)_?(?:token|key)$/i

/** Replaces everything in a text that could be used as a credential. */
export function redact(text: string): string {
  // Blocks and names come first: they say how far a value goes.
  const named = redactNamed(redactJwts(redactPrivateKeys(text)))
  const plain = SECRETS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), named)
  return redactByRules(redactTokens(plain))
}

/** Replaces JSON web tokens: three parts with dots between them, of which the first begins as an encoded object does. */
function redactJwts(text: string): string {
  if (!text.includes(JWT)) return text
  return text.replace(/[\w.-]+/g, (word) => {
    if (!word.includes(JWT)) return word
    const parts = word.split('.')
    const result: string[] = []
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at] ?? ''
      const begin = part.indexOf(JWT)
      const whole = begin !== -1 && part.length - begin >= 11 && parts[at + 1] && parts[at + 2] !== undefined
      result.push(whole ? `${part.slice(0, begin)}[redacted jwt]` : part)
      if (whole) at += 2
    }
    return result.join('.')
  })
}

/** `{"` in base64url. */
const JWT = 'eyJ'

/** Returns a value ready for JSON with redacted texts; the value of a credential's name (as key or in a pair) is left out. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object') return value
  if (depth > MAX_DEPTH) return '[deeper]'
  if (value instanceof Error) return redact(String(value))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof URL) return redact(value.href)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) {
    const [name] = value as unknown[]
    const pair = value.length === 2 && typeof name === 'string' && SECRET_NAME.test(name)
    return pair ? [name, '[redacted]'] : value.map((member) => redactValue(member, depth + 1))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redact(name),
      isSecret(name, member) ? '[redacted]' : redactValue(member, depth + 1),
    ]),
  )
}

function isSecret(name: string, value: unknown): boolean {
  if (SECRET_NAME.test(name)) return true
  return typeof value === 'string' && value !== '' && SECRET_TEXT_NAME.test(name) && !PLAIN_NAME.test(name)
}

/** Deep enough for a request body; also ends circular references. */
const MAX_DEPTH = 12
