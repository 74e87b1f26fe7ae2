import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../../request/request-body.js'

/** What a hook changed in a request, so that it can be done again to every later request that holds the same items. */
export interface RequestPatch {
  /** Members of the body for the turn it was made in; null for one that was taken away. */
  readonly members: Readonly<Record<string, unknown>>
  /** Items by their id as they are sent instead; null for one that was taken away. */
  readonly items: Readonly<Record<string, JsonObject | null>>
  /** Items without a place of their own, each after the one with that id (null: before all). */
  readonly added: ReadonlyArray<{ readonly after: string | null; readonly item: JsonObject }>
}

/** The difference of two requests; null where there is none. */
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
  // Items without an id are those of codex; they are not told apart, but by their text.
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

/** Does a patch again; the body's members only in the turn they were changed in. */
export function applyPatch(body: JsonObject, patch: RequestPatch, sameTurn: boolean): JsonObject {
  const list = itemsOf(body)
  const items = list.flatMap((item) => {
    const change = typeof item.id === 'string' ? patch.items[item.id] : undefined
    return [...(change === null ? [] : [change ?? item]), ...addedAfter(patch, item.id)]
  })
  // What stood behind an item that is gone (a compaction) went with it.
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
