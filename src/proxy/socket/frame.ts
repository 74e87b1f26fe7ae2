import { isObject, parseJson } from '../../json.js'
import { type HeaderList, headerValue } from '../../request/header-list.js'
import type { InputItem } from '../../request/input-item.js'
import { INPUT, joinRequest, type RequestParts, splitRequest } from '../../request/request-parts.js'

/** A `response.create` of codex: a request, of which a chained one holds only what is new (websocket section 1.3, 1.4). */
export interface CreateFrame {
  /** As it came. */
  readonly bytes: Buffer
  /** Members in their order, `type` and `previous_response_id` included. */
  readonly members: ReadonlyMap<string, Buffer>
  /** What is new; all items where `previous` is null. */
  readonly items: readonly InputItem[]
  /** The response whose history the new items follow; null for a request that holds its whole history. */
  readonly previous: string | null
  /** codex's prewarm: it asks for no answer of the model's. */
  readonly prewarm: boolean
  /** What codex says in `client_metadata`, which takes the place of headers. */
  readonly metadata: Readonly<Record<string, string>>
}

/** What a text message of codex is: a request, another frame (passed on as it is), or a request that cannot be read. */
export type CodexFrame = CreateFrame | 'other' | 'unreadable'

const [TYPE, PREVIOUS, GENERATE, METADATA] = ['type', 'previous_response_id', 'generate', 'client_metadata'] as const
/** Members that say how a frame hangs together with others: no part of the request that a POST would have carried. */
const OF_THE_CARRIER: ReadonlySet<string> = new Set([TYPE, PREVIOUS])
/** Members that may differ between two requests of a chain (websocket section 1.4). */
const OF_ONE_REQUEST: ReadonlySet<string> = new Set([TYPE, PREVIOUS, GENERATE, METADATA, INPUT])
/** Members of frames that carry several requests at once, which codex 0.169 does not send. */
const UNKNOWN = ['stream_id']

/** Reads a text message of codex. */
export function readFrame(bytes: Buffer): CodexFrame {
  const parts = splitRequest(bytes)
  if (parts === null || textMember(parts.members, TYPE) !== 'response.create') return 'other'
  const { members, items } = parts
  const previous = members.get(PREVIOUS)
  const id = textMember(members, PREVIOUS)
  const named = previous !== undefined && previous.toString() !== 'null'
  if (items === null || (named && id === null) || UNKNOWN.some((key) => members.has(key))) return 'unreadable'
  const metadata = parseJson(members.get(METADATA)?.toString('utf8') ?? '{}')
  return {
    bytes,
    members,
    items,
    previous: named ? id : null,
    prewarm: members.get(GENERATE)?.toString() === 'false',
    metadata: isObject(metadata) ? textsOf(metadata) : {},
  }
}

/** The request that a POST would have carried: the history and what is new, without what only a frame has. */
export function logicalParts(frame: CreateFrame, history: readonly InputItem[]): RequestParts {
  const members = new Map([...frame.members].filter(([key]) => !OF_THE_CARRIER.has(key)))
  return { members, items: history.length === 0 ? frame.items : [...history, ...frame.items] }
}

/** The frame of a request: `items` after the response `previous`, or as a whole history where that is null. */
export function writeFrame(
  { members }: Pick<RequestParts, 'members'>,
  items: readonly InputItem[],
  previous: string | null,
): Buffer {
  const frame = new Map<string, Buffer>([[TYPE, Buffer.from('"response.create"')]])
  for (const [key, value] of members) {
    if (key === INPUT && previous !== null) frame.set(PREVIOUS, Buffer.from(JSON.stringify(previous)))
    if (!OF_THE_CARRIER.has(key)) frame.set(key, value)
  }
  return joinRequest({ members: frame, items })
}

/** Whether two requests differ in nothing that forbids a chain: all members but the items and what belongs to one request. */
export function mayChain(a: ReadonlyMap<string, Buffer>, b: ReadonlyMap<string, Buffer>): boolean {
  const [left, right] = [chained(a), chained(b)]
  return left.length === right.length && left.every(([key, value]) => b.get(key)?.equals(value) === true)
}

function chained(members: ReadonlyMap<string, Buffer>): Array<[string, Buffer]> {
  return [...members].filter(([key]) => !OF_ONE_REQUEST.has(key))
}

/**
 * The headers a POST of the same request would have had (codex-0.169 section 2.2): those of the handshake, whose turn
 * metadata is the prewarm's, with what the frame says of its own turn in their place.
 */
export function frameHeaders(handshake: HeaderList, metadata: Readonly<Record<string, string>>): HeaderList {
  const value = (name: string): string | null =>
    (IN_METADATA.has(name) ? metadata[name] : metadata[`ws_request_header_${name.replaceAll('-', '_')}`]) ??
    GIVEN[name] ??
    headerValue(handshake, name)
  const known = new Set([...POST_ORDER, ...OF_THE_SOCKET])
  // What this version of codex does not send stands in front of the login, where codex writes its own.
  const others = handshake.filter(([name]) => !known.has(name.toLowerCase()))
  return POST_ORDER.flatMap((name): HeaderList => {
    const own = value(name)
    return [...(name === 'accept' ? others : []), ...(own === null ? [] : ([[name, own]] as const))]
  })
}

/** Headers that a frame carries by the same name in its `client_metadata`. */
const IN_METADATA: ReadonlySet<string> = new Set([
  'x-codex-turn-metadata',
  'x-codex-window-id',
  'x-codex-parent-thread-id',
  'x-openai-subagent',
  'x-codex-turn-state',
])
const POST_ORDER = [
  'version',
  'x-codex-beta-features',
  'x-codex-window-id',
  'x-codex-turn-metadata',
  'x-codex-turn-state',
  'x-codex-parent-thread-id',
  'x-openai-subagent',
  'x-openai-internal-codex-responses-lite',
  'x-codex-routing-hint',
  'x-client-request-id',
  'session-id',
  'thread-id',
  'accept',
  'content-type',
  'authorization',
  'chatgpt-account-id',
  'originator',
  'user-agent',
]
const GIVEN: Readonly<Record<string, string>> = { accept: 'text/event-stream', 'content-type': 'application/json' }
/** What belongs to the handshake alone. */
const OF_THE_SOCKET = [
  'host',
  'connection',
  'upgrade',
  'openai-beta',
  'sec-websocket-version',
  'sec-websocket-key',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
]

function textMember(members: ReadonlyMap<string, Buffer>, key: string): string | null {
  const value = parseJson(members.get(key)?.toString('utf8') ?? '')
  return typeof value === 'string' ? value : null
}

function textsOf(value: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
