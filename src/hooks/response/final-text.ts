import type { EventFlow } from '../../stream/event-flow.js'
import type { ResponseEvent } from '../../stream/truncation.js'
import { deltaOf, finalsOf, textEvent, withFinals } from './stream-texts.js'

/** The texts of a response, before or after the hooks. */
interface Texts {
  /** The concatenated deltas, which codex displays. */
  readonly shown: Map<string, string>
  /** The text in the first event that repeats it as a whole. */
  readonly final: Map<string, string>
}

/** Records the texts before the hooks and corrects the final texts after them to match what was displayed. */
export interface FinalTexts {
  /** Records an event before the hooks. */
  note(event: ResponseEvent): void
  /** Corrects the events after the hooks. */
  through(flow: EventFlow): EventFlow
}

/**
 * Creates the correction of one response. codex displays the deltas and stores the text that the finished item repeats, so
 * a hook's change in one must apply to both. Displayed text cannot be withdrawn, so it wins; if the final text is longer,
 * the rest is sent as one more delta.
 */
export function createFinalTexts(say: (line: string) => void): FinalTexts {
  const before: Texts = { shown: new Map(), final: new Map() }
  const after: Texts = { shown: new Map(), final: new Map() }
  /** The final text of each part, once decided. */
  const settled = new Map<string, string>()

  const isUntouched = (key: string, text: string): boolean =>
    after.shown.get(key) === before.shown.get(key) && text === (before.final.get(key) ?? text)

  const settle = (key: string, text: string): string => {
    const known = settled.get(key)
    if (known !== undefined) return known
    const shown = after.shown.get(key)
    if (shown === undefined || text === shown || isUntouched(key, text)) return text
    const changed = text !== before.final.get(key)
    if (changed && text.startsWith(shown)) return text
    if (changed)
      say('a post_output hook changed a text after it was shown; the change is ignored. Change the deltas too.')
    return shown
  }

  async function* corrected(flow: EventFlow): EventFlow {
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
        // If no delta was displayed, the finished item defines the stored text.
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
    through: corrected,
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
