import { redact } from '../log/redact.js'
import type { JsonObject } from '../request/request-body.js'

/** How much of a text is kept, in UTF-16 units: what was said, and what tools were given and gave. */
export const SAID_LIMIT = 256 * 1024
export const TOOL_LIMIT = 32 * 1024
/** No credential is longer; a text is redacted with so much behind its cut, so that none is cut in two. */
const SECRET_LIMIT = 8 * 1024

/** A text of at most `limit` UTF-16 units, with a note of what was left out. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text
  const kept = redact(text.slice(0, limit + SECRET_LIMIT)).slice(0, limit)
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}\n[${text.length - limit} more characters]`
}

/** The text of a message's parts, and how many images are among them. */
export function contentText(content: unknown): { text: string; images: number } {
  if (typeof content === 'string') return { text: content, images: 0 }
  const parts = Array.isArray(content) ? (content as Array<JsonObject | null>) : []
  const texts = parts.flatMap((part) => (typeof part?.text === 'string' ? [part.text] : []))
  return { text: texts.join('\n'), images: parts.filter((part) => part?.type === 'input_image').length }
}

/** What a tool gave back, as text (codex-0.169 section 2.5: a string, or parts). */
export function outputText(item: JsonObject): string {
  const { output } = item
  if (typeof output === 'string' || Array.isArray(output)) {
    const { text, images } = contentText(output)
    return images === 0 ? text : `${text}${text === '' ? '' : '\n'}[${images} ${images === 1 ? 'image' : 'images'}]`
  }
  return output === undefined ? '' : JSON.stringify(output)
}
