import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../../request/request-body.js'

/** The changes of a hook in a request, which are applied again to every later request with the same items. */
export interface RequestPatch {
  /** Changed members of the body, valid for the turn of the change; null: removed. */
  readonly members: Readonly<Record<string, unknown>>
  /** Replaced items by id; null: removed. */
  readonly items: Readonly<Record<string, JsonObject | null>>
  /** Added items, each after the item with that id (null: before all). */
  readonly added: ReadonlyArray<{ readonly after: string | null; readonly item: JsonObject }>
}

/** Returns the difference of two requests; null if there is none. */
export function diffRequests(before: JsonObject, after: JsonObject): RequestPatch | null {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  keys.delete('input')
  const members = Object.fromEntries(
    [...keys]
      .filter((key) => !isDeepStrictEqual(before[key], after[key]))
      .map((key) => [key, after[key] === undefined ? null : after[key]]),
  )
  const [old, now] = [itemsOf(before), itemsOf(after)]
  const known = new Map(old.flatMap((item) => (typeof item.id === 'string' ? [[item.id, item] as const] : [])))
  const ids = new Set(now.map(({ id }) => id))
  const items: Record<string, JsonObject | null> = {}
  for (const id of known.keys()) if (!ids.has(id)) items[id] = null
  // Items without an id come from codex; they are compared by their text.
  const anonymous = new Set(old.filter(({ id }) => typeof id !== 'string').map((item) => JSON.stringify(item)))
  const added: Array<{ after: string | null; item: JsonObject }> = []
  let last: string | null = null
  for (const item of now) {
    const id = typeof item.id === 'string' && known.has(item.id) ? item.id : null
    if (id === null) {
      if (!anonymous.has(JSON.stringify(item))) added.push({ after: last, item })
      continue
    }
    if (!isDeepStrictEqual(known.get(id), item)) items[id] = item
    last = id
  }
  const empty = Object.keys(members).length === 0 && Object.keys(items).length === 0 && added.length === 0
  return empty ? null : { members, items, added }
}

/** Applies a patch and returns the new body; members change only in the turn of the patch. */
export function applyPatch(body: JsonObject, patch: RequestPatch, sameTurn: boolean): JsonObject {
  const list = itemsOf(body)
  const items = list.flatMap((item) => {
    const change = typeof item.id === 'string' ? patch.items[item.id] : undefined
    return [...(change === null ? [] : [change ?? item]), ...addedAfter(patch, item.id)]
  })
  // Items added after an item that is gone (after a compaction) are gone with it.
  const input = [...addedAfter(patch, null), ...items]
  const result: JsonObject = { ...body, ...(Array.isArray(body.input) && { input }) }
  if (!sameTurn) return result
  for (const [key, value] of Object.entries(patch.members)) {
    if (value === null) delete result[key]
    else result[key] = value
  }
  return result
}

function addedAfter({ added }: RequestPatch, id: unknown): JsonObject[] {
  if (id !== null && typeof id !== 'string') return []
  return added.filter(({ after }) => after === id).map(({ item }) => item)
}

function itemsOf({ input }: JsonObject): JsonObject[] {
  return Array.isArray(input) ? (input as JsonObject[]) : []
}
