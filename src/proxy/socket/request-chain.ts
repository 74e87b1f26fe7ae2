import type { InputItem } from '../../request/input-item.js'
import type { RequestParts } from '../../request/request-parts.js'
import { type CreateFrame, logicalParts, writeFrame } from './frame.js'
import { createHistory } from './history.js'
import { type Anchor, difference } from './request-delta.js'

/** How a request goes upstream: codex's own bytes, what it adds to what the server holds, or its whole history. */
export type SentAs = 'as it came' | 'delta' | 'whole'

/** What goes upstream for a frame; `why` where only codex can say it, by sending its whole history. */
export type Sending = { readonly sent: SentAs; readonly bytes: Buffer } | { readonly why: string }

/** A request as codex sent it and as it is after the stages. */
export interface Stages {
  readonly came: RequestParts
  readonly leaves: RequestParts
}

/** Both ends of one socket: what codex holds, and what the server holds. Pure: it reads and writes nothing. */
export interface Chain {
  /** The whole request that a frame stands for; null where it follows a response that is not known here. */
  expand(frame: CreateFrame): RequestParts | null
  /** What goes upstream for a frame after the stages. */
  plan(frame: CreateFrame, request: Stages): Sending
  /**
   * The server has finished the response `id`, and codex has got its `items`. `asSaid` is false where those are not the
   * items the server gave: what it holds is then not what codex will go on from.
   */
  completed(request: Stages, id: string, items: readonly InputItem[], asSaid: boolean): void
  /** codex got an answer that the server knows nothing of. */
  answeredLocally(came: RequestParts, id: string, item: InputItem): void
  /** The server's last request failed: nothing can be added to it. */
  failed(): void
}

/** Makes the chain of a new socket. */
export function createChain(): Chain {
  const history = createHistory()
  let anchor: Anchor | null = null
  return {
    expand(frame) {
      const before = frame.previous === null ? [] : history.itemsOf(frame.previous)
      return before === null ? null : logicalParts(frame, before)
    },
    plan(frame, { came, leaves }) {
      const sameMembers = leaves.members === came.members
      if (frame.previous === null) {
        if (sameMembers && leaves.items === came.items) return { sent: 'as it came', bytes: frame.bytes }
        return { sent: 'whole', bytes: writeFrame(leaves, leaves.items ?? [], null) }
      }
      const added = difference(anchor, { items: leaves.items ?? [], members: leaves.members })
      if ('why' in added) return added
      const { items, previous } = added
      const sameItems = items.length === frame.items.length && items.every((item, index) => item === frame.items[index])
      if (sameItems && sameMembers && previous === frame.previous) return { sent: 'as it came', bytes: frame.bytes }
      return { sent: 'delta', bytes: writeFrame(leaves, items, previous) }
    },
    completed({ came, leaves }, id, items, asSaid) {
      history.add(id, [...(came.items ?? []), ...items])
      anchor = asSaid ? { id, items: [...(leaves.items ?? []), ...items], members: leaves.members } : null
    },
    answeredLocally(came, id, item) {
      history.add(id, [...(came.items ?? []), item])
    },
    failed() {
      anchor = null
    },
  }
}
