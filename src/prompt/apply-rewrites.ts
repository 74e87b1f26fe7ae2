// Prompts: read the turn and the user's messages of a request, and keep and apply the rewrites of a thread.
import { type InputItem, itemOf } from '../request/input-item.js'
import { findMember, splice, wholeRange } from '../request/json-ranges.js'
import type { JsonObject, RequestBody } from '../request/request-body.js'
import type { RequestParts } from '../request/request-parts.js'
import type { LedgerEntry } from './ledger.js'
import { asideIndexes } from './local-answers.js'
import { findUserTexts } from './user-text.js'

/** One user message of a request, and its position in `input`. */
export interface UserMessage {
  readonly id: string
  readonly turnId: string | null
  /** The text the user wrote: the message's text parts that codex labels `user.text`, joined. */
  readonly text: string
  readonly index: number
}

/** What was found in an item before; later requests of the thread hold the same items. */
const known = new WeakMap<InputItem, Omit<UserMessage, 'index'> | null>()

/** Finds the messages the user wrote; each item is parsed at most once, and most are not. */
export function findUserMessages(items: readonly InputItem[]): UserMessage[] {
  return items.flatMap((item, index) => {
    let message = known.get(item)
    if (message === undefined) {
      message = readMessage(item)
      known.set(item, message)
    }
    return message === null ? [] : [{ ...message, index }]
  })
}

function readMessage(item: InputItem): Omit<UserMessage, 'index'> | null {
  // Most of a body is tool outputs and instructions; they are recognized without parsing.
  const message = item.bytes.includes('"user"') ? item.json() : null
  if (message === null || typeof message.id !== 'string') return null
  const texts = findUserTexts({ input: [message] })
  const [first] = texts
  if (first === undefined) return null
  return { id: message.id, turnId: first.turnId, text: texts.map(({ text }) => text).join('\n') }
}

/** Whether the model has answered after an item: an assistant message, or a local answer, follows it. */
export function isAnswered(items: readonly InputItem[], index: number): boolean {
  return items.slice(index + 1).some(({ bytes }) => bytes.includes('"assistant"'))
}

/**
 * Replaces the messages of a body by their ledger entries and sets the chosen model; returns whether anything changed.
 * `parts` is the body as it is, `messages` what was found in it.
 */
export function applyEntries(
  body: RequestBody,
  parts: RequestParts & { readonly items: readonly InputItem[] },
  messages: readonly UserMessage[],
  entries: ReadonlyMap<string, LedgerEntry>,
  choice: { readonly model: string | null; readonly effort: string | null } | null = null,
): boolean {
  const replaced = new Map<number, InputItem>()
  const notes = new Map<number, InputItem>()
  for (const { id, index } of messages) {
    const entry = entries.get(id)
    const item = parts.items[index]
    if (entry?.content && item) replaced.set(index, rewrittenItem(item, entry))
    if (entry?.note !== undefined) notes.set(index, noteItem(entry.note))
  }
  const cut = asideIndexes(parts.items, messages, entries)
  const members = choice === null ? parts.members : chosenMembers(parts.members, choice)
  const sameItems = replaced.size + cut.size + notes.size === 0
  if (sameItems && members === parts.members) return false
  const items = sameItems
    ? parts.items
    : parts.items.flatMap((item, index) => {
        if (cut.has(index)) return []
        const note = notes.get(index)
        return [replaced.get(index) ?? item, ...(note === undefined ? [] : [note])]
      })
  body.edit({ members, items })
  return true
}

/** What an item became by an entry of the ledger, which is the same bytes every time. */
const rewritten = new WeakMap<InputItem, { readonly entry: LedgerEntry; readonly item: InputItem }>()

/** A developer message that stands behind a message of the user. */
function noteItem(text: string): InputItem {
  return itemOf({ type: 'message', role: 'developer', content: [{ type: 'input_text', text }] })
}

function rewrittenItem(item: InputItem, entry: LedgerEntry): InputItem {
  const done = rewritten.get(item)
  if (done?.entry === entry) return done.item
  const result = itemOf(rewriteMessage(item.json() ?? {}, entry))
  rewritten.set(item, { entry, item: result })
  return result
}

/** Returns the message with its text parts replaced at the position of the first one; pasted images are kept. */
function rewriteMessage(message: JsonObject, entry: LedgerEntry): JsonObject {
  const content = (message.content ?? []) as JsonObject[]
  const passthrough = message.internal_chat_message_metadata_passthrough as JsonObject | undefined
  const kinds = asList(passthrough?.content_item_kinds)
  const metadata = asList(passthrough?.content_item_metadata)
  const texts = findUserTexts({ input: [message] })
  const own = new Set(texts.map(({ part }) => part))
  const first = Math.min(...own)
  const before = texts.find(({ part }) => part === first)?.before ?? ''
  const parts = content.flatMap((part, index) => {
    const row = { part, kind: kinds?.[index], metadata: metadata?.[index] }
    if (!own.has(index)) return [row]
    if (index !== first) return []
    const kept =
      before === '' ? [] : [{ part: { ...part, text: before }, kind: kinds?.[index], metadata: metadata?.[index] }]
    const sent = (entry.content ?? []).map((part, at) => ({ part, kind: entry.kinds[at], metadata: metadata?.[index] }))
    return [...kept, ...sent]
  })
  return {
    ...message,
    content: parts.map(({ part }) => part),
    ...(passthrough && {
      internal_chat_message_metadata_passthrough: {
        ...passthrough,
        ...(kinds && { content_item_kinds: parts.map(({ kind }) => kind) }),
        ...(metadata && { content_item_metadata: parts.map(({ metadata: row }) => row) }),
      },
    }),
  }
}

/** Returns the members with the model and the effort chosen by a command of this turn; the same map if none changes. */
function chosenMembers(
  members: RequestParts['members'],
  choice: { readonly model: string | null; readonly effort: string | null },
): RequestParts['members'] {
  const changes: Array<[string, Buffer]> = []
  if (choice.model && members.has('model')) changes.push(['model', Buffer.from(JSON.stringify(choice.model))])
  const reasoning = members.get('reasoning')
  const effort = choice.effort && reasoning ? findMember(reasoning, wholeRange(reasoning), 'effort') : null
  if (effort && reasoning) {
    changes.push(['reasoning', splice(reasoning, [{ ...effort, text: JSON.stringify(choice.effort) }])])
  }
  return changes.length === 0 ? members : new Map([...members, ...changes])
}

function asList(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? (value as unknown[]) : undefined
}
