import { isObject } from '../../../json.js'

/** Returns all text in a value made of content parts, one part per line; empty if there is none. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return (value as unknown[]).map(textOf).filter(Boolean).join('\n')
  if (!isObject(value)) return ''
  return typeof value.text === 'string' ? value.text : textOf(value.content)
}
