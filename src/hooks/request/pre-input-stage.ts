// This folder runs the pre_input hooks on the requests of codex and applies their changes again to later requests.
import type { Log } from '../../log/log.js'
import { applyEntries, findUserMessages, isAnswered, type UserMessage } from '../../prompt/apply-rewrites.js'
import type { Ledger, LedgerEntry } from '../../prompt/ledger.js'
import { readTurn, type Turn } from '../../prompt/turn.js'
import { findUserTexts } from '../../prompt/user-text.js'
import type { LocalAnswer, ProxyRequest, Stage } from '../../proxy/exchange.js'
import type { InputItem } from '../../request/input-item.js'
import type { JsonObject } from '../../request/request-body.js'
import type { RequestParts } from '../../request/request-parts.js'
import type { PreInputAnswer } from './check-pre-input-answer.js'
import { applyPatch, diffRequests, isPatch, type RequestPatch } from './request-diff.js'
import type { PreInput } from './run-pre-input.js'

/** A pre_input hook that is ready to run. */
export interface PreInputHook {
  readonly path: string
  /** Rejects when the signal aborts. */
  run(input: PreInput, signal: AbortSignal): Promise<PreInputAnswer>
}

/** A pre_input hook that cannot run, and why, as the end of a sentence. */
export interface BrokenHook {
  readonly path: string
  readonly why: string
}

/** The pre_input hooks of one folder. */
export interface TurnHooks {
  readonly hooks: readonly PreInputHook[]
  /** Hooks that are configured and cannot run. */
  readonly broken: readonly BrokenHook[]
}

export interface PreInputOptions {
  /** Returns the hooks of the folder that a turn works in; of the folder used last for a request that does not name its turn. */
  hooksOf(turn: Turn | null): Promise<TurnHooks>
  /** A separate ledger: its entries are for messages that commands may already have rewritten. */
  readonly ledger: Ledger
  /** `closed`: a request whose messages did not all go through the hooks is not sent. */
  readonly onError: 'open' | 'closed'
  readonly log: Log
  say(line: string): void
}

/** Replaces a blocked message in the later requests of the thread. */
const BLOCKED_TEXT = '[This message was blocked by a pre_input hook and was not sent.]'

const CLOSED = 'and hooks.onError is closed, so the request was not sent.'

/**
 * Creates the stage that runs the pre_input hooks once for each new user message and applies their changes again to every
 * later request (design, rule 2). A request without new messages and earlier changes stays unchanged. With `onError: closed`
 * every message of the user in a request must have gone through the hooks, earlier ones included; otherwise the request is
 * answered locally.
 */
export function createPreInputStage(options: PreInputOptions): Stage {
  const { onError, log, say } = options
  const rewrite = createRewrite(options)
  return {
    name: 'pre_input',
    async rewrite(request) {
      if (request.method !== 'POST' || !/^\/(responses|alpha\/search)(\?|$)/.test(request.path)) return null
      let own: TurnHooks | null = null
      try {
        own = await options.hooksOf(readTurn(request.headers))
        const [off] = own.broken
        if (onError === 'closed' && off !== undefined) {
          return refusal(request, `The pre_input hook ${off.path} is off (${off.why}), ${CLOSED}`)
        }
        return await rewrite(request, own)
      } catch (error) {
        if (!isClosed(onError, own)) throw error
        const why = error instanceof Error ? error.message : String(error)
        log.error('hooks.pre_input', { error: String(error) })
        if (!request.signal.aborted) say(`pre_input hooks failed for a request, which was not sent: ${why}.`)
        return refusal(request, `The pre_input hooks failed (${why}), ${CLOSED}`)
      }
    },
  }
}

/** Whether a request must not be sent past its hooks. Hooks that could not be looked up may be there. */
function isClosed(onError: PreInputOptions['onError'], own: TurnHooks | null): boolean {
  return onError === 'closed' && (own === null || own.hooks.length + own.broken.length > 0)
}

/** An answer instead of a request that must not be sent; what runs without a person fails with it. */
function refusal({ headers, path }: ProxyRequest, text: string): LocalAnswer {
  const turn = readTurn(headers)
  return path.startsWith('/responses') && turn?.ofUser && turn.trigger !== 'exec' ? { text } : { text, failed: true }
}

/** The options, and the hooks of the request's folder. */
interface OwnOptions extends PreInputOptions {
  readonly hooks: readonly PreInputHook[]
}

function createRewrite(
  options: PreInputOptions,
): (request: ProxyRequest, own: TurnHooks) => Promise<LocalAnswer | null> {
  const { ledger, log, onError } = options
  const running = new Map<string, Promise<void>>()
  const runOnce = async (
    request: ProxyRequest,
    turn: Turn,
    fresh: readonly UserMessage[],
    hooks: readonly PreInputHook[],
  ): Promise<void> => {
    const newest = fresh.at(-1)
    if (newest === undefined || hooks.length === 0) return
    // A repeated request waits for the first one instead of running the hooks again, unless codex gave that one up.
    for (let done = false; !done && !request.signal.aborted; ) {
      const shared = running.get(newest.id)
      const started = shared ?? runHooks(request, turn, fresh, newest, { ...options, hooks })
      running.set(newest.id, started)
      await started.finally(() => running.delete(newest.id))
      done = shared === undefined || readEntries(ledger, turn).has(newest.id)
    }
  }
  return async (request, own) => {
    const { hooks } = own
    const closed = isClosed(onError, own)
    const turn = readTurn(request.headers)
    const isSearch = !request.path.startsWith('/responses')
    if (turn === null) {
      if (closed) throw new Error('the request does not name its turn')
      return null
    }
    if (isSearch) return await applyToSearch(request, turn, { ...options, hooks }, closed)
    let entries = readEntries(ledger, turn)
    if (hooks.length === 0 && entries.size === 0) return null
    const parts = await request.body.parts()
    if (parts?.items == null) {
      if (closed) throw new Error('the request has no list of messages')
      return null
    }
    const { items } = parts
    const messages = findUserMessages(items)
    const isMissing = ({ id }: UserMessage): boolean => !entries.has(id)
    if (closed) {
      // Each on its own: an earlier message may have lost its entry, or be older than the hooks.
      for (const message of messages.filter(isMissing)) await runOnce(request, turn, [message], hooks)
    } else if (items.at(-1)?.bytes.includes('"compaction_trigger"') !== true) {
      await runOnce(
        request,
        turn,
        messages.filter((message) => message.turnId === turn.turnId && isMissing(message)),
        hooks,
      )
    }
    entries = readEntries(ledger, turn)
    if (closed && messages.some(isMissing)) throw new Error('what they answered cannot be kept')
    if (entries.size === 0) return null
    const answer = blockedAnswer(messages, turn, entries, items)
    if (answer !== null) return answer
    if (applyAll(request, turn, { ...parts, items }, messages, entries))
      log.debug('hooks.rewrite', { turn: turn.turnId })
    return null
  }
}

type Entry = LedgerEntry & { readonly patch?: RequestPatch }

/** Whether the patch of an entry has its shape; for the ledger, where a damaged entry is none. */
export function isWholeEntry({ patch }: Entry): boolean {
  return patch === undefined || isPatch(patch)
}

function readEntries(ledger: Ledger, turn: Turn): ReadonlyMap<string, Entry> {
  return new Map([...ledger.read(turn.threadId, turn.ancestors)].filter(([, entry]) => isWholeEntry(entry)))
}

/** What the hooks make of one message. */
interface HookedMessage {
  readonly prompt: string
  readonly body: JsonObject
  /** Why the message is blocked; null if it is not. */
  readonly block: string | null
}

/** Asks the hooks one after the other, each with the result of the previous one. Null when codex gives the request up. */
async function askHooks(
  text: string,
  before: JsonObject,
  signal: AbortSignal,
  { hooks, onError, say }: OwnOptions,
): Promise<HookedMessage | null> {
  let body = before
  let prompt = text
  for (const { path, run } of hooks) {
    try {
      const input = { hook: 'pre_input', model: String(body.model ?? ''), prompt, request: body } as const
      const answer = await run(input, signal)
      prompt = answer.prompt ?? prompt
      body = answer.request ?? body
      if (answer.block !== undefined) return { prompt, body, block: answer.block }
    } catch (error) {
      if (signal.aborted) return null
      const why = error instanceof Error ? error.message : String(error)
      say(`${path}: this pre_input hook failed and was skipped: ${why}.`)
      const block = `The pre_input hook ${path} failed (${why}), and hooks.onError is closed.`
      if (onError === 'closed') return { prompt, body, block }
    }
  }
  return signal.aborted ? null : { prompt, body, block: null }
}

/** Runs the hooks for a new message and stores their changes in the ledger. */
async function runHooks(
  request: ProxyRequest,
  turn: Turn,
  fresh: readonly UserMessage[],
  newest: UserMessage,
  options: OwnOptions,
): Promise<void> {
  const { ledger, log } = options
  const before = await request.body.json()
  const begun = performance.now()
  const asked = await askHooks(newest.text, before, request.signal, options)
  if (asked === null) return
  const { prompt, body, block } = asked
  const patch = block === null ? diffRequests(before, body) : null
  const text = block === null ? prompt : BLOCKED_TEXT
  const changed = text !== newest.text
  const ms = Math.round((performance.now() - begun) * 10) / 10
  log.info('hooks.pre_input', { prompt: changed, request: patch !== null, blocked: block !== null, ms })
  request.note?.('pre_input', { prompt: changed, request: patch !== null, blocked: block !== null })
  for (const { id, turnId } of fresh) {
    const own = id === newest.id
    const entry: Entry = {
      messageId: id,
      turnId: turnId ?? turn.turnId,
      content: own && changed ? [{ type: 'input_text', text }] : null,
      kinds: own && changed ? ['user.text'] : [],
      model: null,
      effort: null,
      answer: own ? block : null,
      ...(own && patch && { patch }),
    }
    ledger.add(turn.threadId, entry)
  }
}

/** Returns the local answer to a blocked message, unless the model has already answered after it. */
function blockedAnswer(
  messages: readonly UserMessage[],
  turn: Turn,
  entries: ReadonlyMap<string, Entry>,
  items: readonly InputItem[],
): LocalAnswer | null {
  const pending = messages.findLast(({ id, turnId }) => turnId === turn.turnId && entries.get(id)?.answer != null)
  if (pending === undefined || isAnswered(items, pending.index)) return null
  return { text: entries.get(pending.id)?.answer || 'A pre_input hook blocked this message.' }
}

/**
 * Replaces changed user texts in web search requests. codex sends these texts without their message id (codex-0.169
 * section 2.1), so they are found by their turn. `isClosed`: a text without an entry goes through the hooks for this request.
 */
async function applyToSearch(request: ProxyRequest, turn: Turn, options: OwnOptions, isClosed: boolean): Promise<null> {
  const entries = [...readEntries(options.ledger, turn).values()]
  const changed = entries.filter(({ content }) => content !== null)
  if (changed.length === 0 && !isClosed) return null
  const body = await request.body.json()
  const input = Array.isArray(body.input) ? (body.input as JsonObject[]) : []
  // Hooks take a request to the model; a search has another shape.
  const asRequest = { model: turn.model ?? 'unknown', stream: true, input }
  const next: JsonObject[] = []
  for (const item of input) {
    const [text] = findUserTexts({ input: [item] })
    const entry = text && changed.findLast(({ turnId }) => turnId === text.turnId)
    const isKnown = entries.some(({ turnId }) => turnId === text?.turnId)
    if (entry) next.push({ ...item, content: entry.content })
    else
      next.push(
        text && isClosed && !isKnown ? await hookedItem(item, text.text, asRequest, request.signal, options) : item,
      )
  }
  if (next.some((item, at) => item !== input[at])) {
    request.body.replace(Buffer.from(JSON.stringify({ ...body, input: next })))
  }
  return null
}

async function hookedItem(
  item: JsonObject,
  text: string,
  body: JsonObject,
  signal: AbortSignal,
  options: OwnOptions,
): Promise<JsonObject> {
  const asked = await askHooks(text, body, signal, options)
  // The request was given up: what it holds does not go out.
  if (asked === null) return item
  const { prompt, block } = asked
  const sent = block === null ? prompt : BLOCKED_TEXT
  return sent === text ? item : { ...item, content: [{ type: 'input_text', text: sent }] }
}

function applyAll(
  request: ProxyRequest,
  turn: Turn,
  parts: RequestParts & { readonly items: readonly InputItem[] },
  messages: readonly UserMessage[],
  entries: ReadonlyMap<string, Entry>,
): boolean {
  const applicable = messages.flatMap(({ id }) => entries.get(id) ?? [])
  const patches = applicable.flatMap(({ patch, turnId }) =>
    patch ? [{ patch, sameTurn: turnId === turn.turnId }] : [],
  )
  if (patches.length === 0) return applyEntries(request.body, parts, messages, entries)
  let patched = parts
  for (const { patch, sameTurn } of patches) patched = applyPatch(patched, patch, sameTurn)
  request.body.edit(patched)
  // A new prompt wins over a changed message in a new request.
  applyEntries(request.body, patched, findUserMessages(patched.items), entries)
  return true
}
