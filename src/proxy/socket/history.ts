import type { InputItem } from '../../request/input-item.js'

/** How many responses codex may still refer to: it chains on the last one alone (websocket section 1.4). */
const KEPT = 4

/** What codex holds under the ids of the last responses it got on one socket. Items are shared, and so kept once. */
export interface History {
  /** The items codex holds after the response `id`; null where it is none of the last ones. */
  itemsOf(id: string): readonly InputItem[] | null
  /** Keeps what codex holds now that it has got the response `id`. */
  add(id: string, items: readonly InputItem[]): void
}

/** Makes an empty history. */
export function createHistory(): History {
  const kept = new Map<string, readonly InputItem[]>()
  return {
    itemsOf: (id) => kept.get(id) ?? null,
    add(id, items) {
      kept.delete(id)
      kept.set(id, items)
      for (const old of kept.keys()) {
        if (kept.size <= KEPT) return
        kept.delete(old)
      }
    },
  }
}
