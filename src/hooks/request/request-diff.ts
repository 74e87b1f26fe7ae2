import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../json.js'
import { type InputItem, itemOf } from '../../request/input-item.js'
import type { JsonObject } from '../../request/request-body.js'
import type { RequestParts } from '../../request/request-parts.js'

/** The changes of a hook in a request, which are applied again to every later request with the same items. */
export interface RequestPatch {
  /** Changed members of the body, valid for the turn of the change; null: removed. */
  readonly members: Readonly<Record<string, unknown>>
  /** Replaced items by id; null: removed. */
  readonly items: Readonly<Record<string, JsonObject | null>>
  /** Added items, each after the item with that id (null: before all). */
  readonly added: ReadonlyArray<{ readonly after: string | null; readonly item: JsonObject }>
}

/** Whether a value that was read from a file has the shape of a patch. */
export function isPatch(value: unknown): value is RequestPatch {
  if (!isObject(value) || !isObject(value.members) || !isObject(value.items) || !Array.isArray(value.added))
    return false
  const isItem = (item: unknown): boolean => item === null || isObject(item)
  const isAdded = (row: unknown): boolean =>
    isObject(row) && (row.after === null || typeof row.after === 'string') && isObject(row.item)
  return Object.values(value.items).every(isItem) && value.added.every(isAdded)
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

/** A request whose `input` is a list. */
type ListParts = RequestParts & { readonly items: readonly InputItem[] }

/** Applies a patch and returns the new parts; members change only in the turn of the patch. */
export function applyPatch({ members, items }: ListParts, patch: RequestPatch, sameTurn: boolean): ListParts {
  const added = (id: string | null): InputItem[] =>
    patch.added.filter(({ after }) => after === id).map(({ item }) => sameItem(item))
  const changed = items.flatMap((item) => {
    const { id } = item
    if (id === null) return [item]
    const change = patch.items[id]
    return [...(change === null ? [] : [change === undefined ? item : sameItem(change)]), ...added(id)]
  })
  // Items added after an item that is gone (after a compaction) are gone with it.
  return { members: sameTurn ? patchedMembers(members, patch) : members, items: [...added(null), ...changed] }
}

function patchedMembers(members: RequestParts['members'], patch: RequestPatch): RequestParts['members'] {
  const changes = Object.entries(patch.members)
  if (changes.length === 0) return members
  const result = new Map(members)
  for (const [key, value] of changes) {
    const written = JSON.stringify(key).slice(1, -1)
    if (value === null) result.delete(written)
    else result.set(written, Buffer.from(JSON.stringify(value)))
  }
  return result
}

/** An item of the ledger is the same item in every request, so that those of a thread can be compared cheaply. */
const made = new WeakMap<JsonObject, InputItem>()

function sameItem(value: JsonObject): InputItem {
  const item = made.get(value) ?? itemOf(value)
  made.set(value, item)
  return item
}

function itemsOf({ input }: JsonObject): JsonObject[] {
  return Array.isArray(input) ? (input as JsonObject[]) : []
}
