import { isObject } from '../../../json.js'

/** All text of an answer made of content parts. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return (value as unknown[]).map(textOf).filter(Boolean).join('\n')
  if (!isObject(value)) return ''
  return typeof value.text === 'string' ? value.text : textOf(value.content)
}
