import { redact } from '../log/redact.js'
import type { JsonObject } from '../request/request-body.js'

/** Maximum length of recorded texts, in UTF-16 units: messages, and inputs and outputs of tools. */
export const MESSAGE_LIMIT = 256 * 1024
export const TOOL_LIMIT = 32 * 1024
/** No credential is longer. This much text after the cut is redacted too, so that no credential is cut in two. */
const SECRET_LIMIT = 8 * 1024

/** Enough of a text of any length for `clip` to MESSAGE_LIMIT, in UTF-16 units. */
export const CLIPPED_MESSAGE = MESSAGE_LIMIT + SECRET_LIMIT

/**
 * Returns at most `limit` UTF-16 units of a text, with a note of how many were left out; `length` is the length of the whole
 * text where only its beginning is given.
 */
export function clip(text: string, limit: number, length = text.length): string {
  if (length <= limit) return text
  const kept = redact(text.slice(0, limit + SECRET_LIMIT)).slice(0, limit)
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}\n[${length - limit} more characters]`
}

/** Returns the text of a message's parts, and the number of images among them. */
export function contentText(content: unknown): { text: string; images: number } {
  if (typeof content === 'string') return { text: content, images: 0 }
  const parts = Array.isArray(content) ? (content as Array<JsonObject | null>) : []
  const texts = parts.flatMap((part) => (typeof part?.text === 'string' ? [part.text] : []))
  return { text: texts.join('\n'), images: parts.filter((part) => part?.type === 'input_image').length }
}

/** Returns the output of a tool as text (codex-0.169 section 2.5: a string, or parts). */
export function outputText(item: JsonObject): string {
  const { output } = item
  if (typeof output === 'string' || Array.isArray(output)) {
    const { text, images } = contentText(output)
    return images === 0 ? text : `${text}${text === '' ? '' : '\n'}[${images} ${images === 1 ? 'image' : 'images'}]`
  }
  return output === undefined ? '' : JSON.stringify(output)
}
