import type { ResponseEvent } from '../../stream/truncation.js'
import type { EventFlow } from './event-flow.js'
import { deltaOf, finalsOf, textEvent, withFinals } from './stream-texts.js'

/** The texts of an answer, on one side of the hooks. */
interface Texts {
  /** What the deltas added up to. */
  readonly shown: Map<string, string>
  /** What the first event that repeats a text said it was. */
  readonly final: Map<string, string>
}

/** Notes the texts before the hooks, and makes those after them agree with what was shown. */
export interface FinalTexts {
  note(event: ResponseEvent): void
  through(flow: EventFlow): EventFlow
}

/**
 * codex stores the text that the finished item repeats, and has shown the deltas: what a hook changed in one of them has
 * to count for all. What was shown cannot be taken back, so it is what counts; a longer final text is shown to its end.
 */
export function createFinalTexts(say: (line: string) => void): FinalTexts {
  const before: Texts = { shown: new Map(), final: new Map() }
  const after: Texts = { shown: new Map(), final: new Map() }
  /** What is stored in the end. */
  const settled = new Map<string, string>()

  const isUntouched = (key: string, text: string): boolean =>
    after.shown.get(key) === before.shown.get(key) && text === (before.final.get(key) ?? text)

  const settle = (key: string, text: string): string => {
    const known = settled.get(key)
    if (known !== undefined) return known
    const shown = after.shown.get(key)
    if (shown === undefined || text === shown || isUntouched(key, text)) return text
    const own = text !== before.final.get(key)
    if (own && text.startsWith(shown)) return text
    if (own) say('a post_output hook changed a text after it was shown; what was shown counts.')
    return shown
  }

  async function* agreed(flow: EventFlow): EventFlow {
    for await (const event of flow) {
      const value = textEvent(event)
      if (value === null) {
        yield event
        continue
      }
      const delta = deltaOf(event.type, value)
      if (delta) {
        after.shown.set(delta.key, (after.shown.get(delta.key) ?? '') + delta.text)
        yield event
        continue
      }
      const finals = finalsOf(event.type, value)
      for (const { key, text } of finals) {
        if (settled.has(key) || isUntouched(key, text)) continue
        const whole = settle(key, text)
        const shown = after.shown.get(key)
        // Where no delta was shown, the finished item says what is stored.
        if (shown !== undefined || event.type === 'response.output_item.done') settled.set(key, whole)
        if (shown === undefined || whole === shown) continue
        after.shown.set(key, whole)
        yield deltaEvent(event, key, whole.slice(shown.length))
      }
      const differs = finals.some(({ key, text }) => settle(key, text) !== text)
      yield differs ? withFinals(event, settle) : event
    }
  }
  return {
    note(event) {
      const value = textEvent(event)
      if (value === null) return
      const delta = deltaOf(event.type, value)
      if (delta) before.shown.set(delta.key, (before.shown.get(delta.key) ?? '') + delta.text)
      else
        for (const { key, text } of finalsOf(event.type, value)) if (!before.final.has(key)) before.final.set(key, text)
    },
    through: agreed,
  }
}

function deltaEvent({ data }: ResponseEvent, key: string, delta: string): ResponseEvent {
  const [item, part] = key.split(':').map(Number)
  const value = JSON.parse(data) as { item_id?: unknown; item?: { id?: unknown } }
  const id = value.item_id ?? value.item?.id
  const type = 'response.output_text.delta'
  return {
    type,
    data: JSON.stringify({
      type,
      ...(id !== undefined && { item_id: id }),
      output_index: item,
      content_index: part,
      delta,
    }),
  }
}
