// Prompts: read the turn and the user's messages of a request, and keep and apply the rewrites of a thread.
import { findMember, listItems, type Range, splice, wholeRange } from '../request/json-ranges.js'
import type { JsonObject, RequestBody } from '../request/request-body.js'
import type { LedgerEntry } from './ledger.js'
import { localAnswerRanges } from './local-answers.js'
import { findUserTexts } from './user-text.js'

/** One user message of a request, and its byte range. */
export interface UserMessage {
  readonly id: string
  readonly turnId: string | null
  /** The text the user wrote: the message's text parts that codex labels `user.text`, joined. */
  readonly text: string
  readonly message: JsonObject
  readonly range: Range
}

/** Finds the messages the user wrote without parsing the rest of a body; null when the body has an unknown shape. */
export function findUserMessages(json: Buffer): UserMessage[] | null {
  const input = findMember(json, wholeRange(json), 'input')
  const items = input && listItems(json, input)
  if (!items) return null
  return items.flatMap((range) => {
    const bytes = json.subarray(range.start, range.end)
    // Most of a body is tool outputs and instructions; they are recognized without parsing.
    if (!bytes.includes('"user"')) return []
    const message = parseObject(bytes)
    if (message === null || typeof message.id !== 'string') return []
    const texts = findUserTexts({ input: [message] })
    const [first] = texts
    if (first === undefined) return []
    return [{ id: message.id, turnId: first.turnId, text: texts.map(({ text }) => text).join('\n'), message, range }]
  })
}

/**
 * Replaces the messages of a body by their ledger entries and sets the chosen model; returns whether anything changed.
 */
export function applyEntries(
  body: RequestBody,
  json: Buffer,
  messages: readonly UserMessage[],
  entries: ReadonlyMap<string, LedgerEntry>,
  choice: { readonly model: string | null; readonly effort: string | null } | null = null,
): boolean {
  const changes = messages.flatMap(({ id, message, range }) => {
    const entry = entries.get(id)
    const rewritten = entry?.content ? [{ ...range, text: JSON.stringify(rewriteMessage(message, entry)) }] : []
    if (entry?.note === undefined || entry.aside) return rewritten
    const note = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: entry.note }] }
    return [...rewritten, { start: range.end, end: range.end, text: `,${JSON.stringify(note)}` }]
  })
  changes.push(...localAnswerRanges(json, messages, entries).map((range) => ({ ...range, text: '' })))
  changes.push(...choiceChanges(json, choice))
  if (changes.length === 0) return false
  body.replace(
    splice(
      json,
      changes.sort((a, b) => a.start - b.start),
    ),
  )
  return true
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

/** Returns the changes that set the model and the effort chosen by a command of this turn. */
function choiceChanges(
  json: Buffer,
  choice: { readonly model: string | null; readonly effort: string | null } | null,
): Array<Range & { text: string }> {
  const whole = wholeRange(json)
  const changes: Array<Range & { text: string }> = []
  const model = choice?.model ? findMember(json, whole, 'model') : null
  if (model && choice?.model) changes.push({ ...model, text: JSON.stringify(choice.model) })
  const reasoning = choice?.effort ? findMember(json, whole, 'reasoning') : null
  const effort = reasoning && findMember(json, reasoning, 'effort')
  if (effort && choice?.effort) changes.push({ ...effort, text: JSON.stringify(choice.effort) })
  return changes
}

function asList(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? (value as unknown[]) : undefined
}

function parseObject(bytes: Buffer): JsonObject | null {
  try {
    return JSON.parse(bytes.toString('utf8')) as JsonObject
  } catch {
    return null
  }
}
