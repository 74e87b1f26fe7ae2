import type { JsonObject } from '../../request/request-body.js'
import type { ResponseEvent } from '../../stream/truncation.js'

/** A text in an event, with its position in the response. */
export interface TextPosition {
  /** Item index and content index. */
  readonly key: string
  readonly text: string
}

/** Returns the text that a delta event adds; null for other events. */
export function deltaOf(type: string, value: JsonObject): TextPosition | null {
  if (type !== 'response.output_text.delta' || typeof value.delta !== 'string') return null
  return { key: keyOf(value), text: value.delta }
}

/** Returns the whole texts that an event repeats: of a part, of an item, or of all items. */
export function finalsOf(type: string, value: JsonObject): TextPosition[] {
  const texts: TextPosition[] = []
  eachFinal(type, value, (key, text) => {
    texts.push({ key, text })
    return text
  })
  return texts
}

/** Returns the event with its whole texts replaced. */
export function withFinals(event: ResponseEvent, replace: (key: string, text: string) => string): ResponseEvent {
  const value = JSON.parse(event.data) as JsonObject
  eachFinal(event.type, value, replace)
  return { type: event.type, data: JSON.stringify(value) }
}

/** Parses the data of an event that may contain text; null for the others, which are not parsed, and for invalid data. */
export function textEvent({ type, data }: ResponseEvent): JsonObject | null {
  if (!TEXT_EVENTS.has(type)) return null
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null
  } catch {
    return null
  }
}

const TEXT_EVENTS = new Set([
  'response.output_text.delta',
  'response.output_text.done',
  'response.content_part.done',
  'response.output_item.done',
  'response.completed',
  'response.incomplete',
])

/** Replaces each whole text by the result of `visit`. */
function eachFinal(type: string, value: JsonObject, visit: (key: string, text: string) => string): void {
  if (type === 'response.output_text.done' && typeof value.text === 'string') {
    value.text = visit(keyOf(value), value.text)
  } else if (type === 'response.content_part.done') {
    visitPart(value.part, keyOf(value), visit)
  } else if (type === 'response.output_item.done') {
    visitItem(value.item, value.output_index, visit)
  } else if (type === 'response.completed' || type === 'response.incomplete') {
    const output = (value.response as JsonObject | undefined)?.output
    if (Array.isArray(output)) for (const [index, item] of output.entries()) visitItem(item, index, visit)
  }
}

function visitItem(item: unknown, index: unknown, visit: (key: string, text: string) => string): void {
  const content = (item as JsonObject | undefined)?.content
  if (!Array.isArray(content)) return
  for (const [part, value] of content.entries()) {
    visitPart(value, keyOf({ output_index: index, content_index: part }), visit)
  }
}

function visitPart(part: unknown, key: string, visit: (key: string, text: string) => string): void {
  const value = part as JsonObject | undefined
  if (value?.type === 'output_text' && typeof value.text === 'string') value.text = visit(key, value.text)
}

function keyOf({ output_index: item = 0, content_index: part = 0 }: JsonObject): string {
  return `${String(item)}:${String(part)}`
}
