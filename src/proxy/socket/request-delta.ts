import type { InputItem } from '../../request/input-item.js'
import { mayChain } from './frame.js'

/** What the server holds: its last response, and the request it was the answer to, as it was after the stages. */
export interface Anchor {
  /** The id the server knows the response by. */
  readonly id: string
  /** The items of the request, and those of the answer. */
  readonly items: readonly InputItem[]
  readonly members: ReadonlyMap<string, Buffer>
}

/** What a request adds to what the server holds, or why it cannot be said as an addition. */
export type Difference = { readonly items: readonly InputItem[]; readonly previous: string } | { readonly why: string }

/** Compares a request, as it is after the stages, with what the server holds. */
export function difference(
  anchor: Anchor | null,
  request: { readonly items: readonly InputItem[]; readonly members: ReadonlyMap<string, Buffer> },
): Difference {
  if (anchor === null) return { why: 'the server holds nothing of this thread' }
  if (!mayChain(anchor.members, request.members)) return { why: 'the request differs in more than its items' }
  if (anchor.items.length > request.items.length) return { why: 'the server holds items that are no longer sent' }
  const changed = anchor.items.findIndex((item, index) => request.items[index]?.equals(item) !== true)
  if (changed !== -1) return { why: `item ${changed + 1}, which the server holds, is sent differently now` }
  return { items: request.items.slice(anchor.items.length), previous: anchor.id }
}
