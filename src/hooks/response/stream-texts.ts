import type { JsonObject } from '../../request/request-body.js'
import type { ResponseEvent } from '../../stream/truncation.js'

/** A text of the answer: where it stands, and what an event says of it. */
export interface TextPosition {
  /** Which item and which part of it. */
  readonly key: string
  readonly text: string
}

/** The piece of a text that an event adds; null for other events. */
export function deltaOf(type: string, value: JsonObject): TextPosition | null {
  if (type !== 'response.output_text.delta' || typeof value.delta !== 'string') return null
  return { key: keyOf(value), text: value.delta }
}

/** The whole texts that an event repeats: of a part, of an item, or of all of them. */
export function finalsOf(type: string, value: JsonObject): TextPosition[] {
  const places: TextPosition[] = []
  eachFinal(type, value, (key, text) => {
    places.push({ key, text })
    return text
  })
  return places
}

/** The event with other texts in the place of those it repeats. */
export function withFinals(event: ResponseEvent, replace: (key: string, text: string) => string): ResponseEvent {
  const value = JSON.parse(event.data) as JsonObject
  eachFinal(event.type, value, replace)
  return { type: event.type, data: JSON.stringify(value) }
}

/** Reads an event's data where it may hold a text; most events hold none, and are not parsed. */
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

/** Calls `visit` with each whole text, and puts what it returns in its place. */
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
