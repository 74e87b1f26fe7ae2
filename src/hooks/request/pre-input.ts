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
import { applyPatch, diffRequests, type RequestPatch } from './request-patch.js'
import type { PreInput, PreInputAnswer } from './run-pre-input.js'

/** A pre_input hook that is ready to run. */
export interface PreInputHook {
  readonly path: string
  /** Rejects when the signal aborts. */
  run(input: PreInput, signal: AbortSignal): Promise<PreInputAnswer>
}

export interface PreInputOptions {
  /** Returns the hooks of the folder that a turn works in. */
  hooksOf(turn: Turn): Promise<readonly PreInputHook[]>
  /** A separate ledger: its entries are for messages that commands may already have rewritten. */
  readonly ledger: Ledger
  readonly onError: 'open' | 'closed'
  readonly log: Log
  say(line: string): void
}

/** Replaces a blocked message in the later requests of the thread. */
const BLOCKED_TEXT = '[This message was blocked by a pre_input hook and was not sent.]'

/**
 * Creates the stage that runs the pre_input hooks once for each new user message and applies their changes again to every
 * later request (design, rule 2). A request without new messages and earlier changes stays unchanged.
 */
export function createPreInputStage(options: PreInputOptions): Stage {
  const { ledger, log } = options
  const running = new Map<string, Promise<boolean>>()

  return {
    name: 'pre_input',
    async rewrite(request) {
      if (request.method !== 'POST' || !/^\/(responses|alpha\/search)(\?|$)/.test(request.path)) return null
      const turn = readTurn(request.headers)
      if (turn === null) return null
      if (!request.path.startsWith('/responses')) return await applyToSearch(request, turn, ledger)
      const hooks = await options.hooksOf(turn)
      let entries = ledger.read(turn.threadId, turn.ancestors)
      if (hooks.length === 0 && entries.size === 0) return null
      const parts = await request.body.parts()
      if (parts?.items == null) return null
      const { items } = parts
      const messages = findUserMessages(items)
      const fresh = messages.filter(({ id, turnId }) => turnId === turn.turnId && !entries.has(id))
      const newest = fresh.at(-1)
      // A repeated request waits for the first one instead of running the hooks again.
      if (newest && hooks.length > 0 && items.at(-1)?.bytes.includes('"compaction_trigger"') !== true) {
        const started = running.get(newest.id) ?? runHooks(request, turn, fresh, newest, hooks, options)
        running.set(newest.id, started)
        await started.finally(() => running.delete(newest.id))
        entries = ledger.read(turn.threadId, turn.ancestors)
      }
      if (entries.size === 0) return null
      const answer = blockedAnswer(messages, turn, entries, items)
      if (answer !== null) return answer
      if (applyAll(request, turn, { ...parts, items }, messages, entries))
        log.debug('hooks.rewrite', { turn: turn.turnId })
      return null
    },
  }
}

/**
 * Runs the hooks one after the other, each on the result of the previous one, and stores the changes in the ledger. Returns
 * false, and stores nothing, when codex gives the request up meanwhile.
 */
async function runHooks(
  request: ProxyRequest,
  turn: Turn,
  fresh: readonly UserMessage[],
  newest: UserMessage,
  hooks: readonly PreInputHook[],
  { ledger, onError, log, say }: PreInputOptions,
): Promise<boolean> {
  const before = await request.body.json()
  let body = before
  let prompt = newest.text
  let block: string | null = null
  const begun = performance.now()
  for (const { path, run } of hooks) {
    try {
      const input = { hook: 'pre_input', model: String(body.model ?? ''), prompt, request: body } as const
      const answer = await run(input, request.signal)
      prompt = answer.prompt ?? prompt
      body = answer.request ?? body
      block = answer.block ?? null
    } catch (error) {
      if (request.signal.aborted) return false
      const why = error instanceof Error ? error.message : String(error)
      say(`${path}: this pre_input hook failed and was skipped: ${why}.`)
      if (onError === 'closed') block = `The pre_input hook ${path} failed (${why}), and hooks.onError is closed.`
    }
    if (block !== null) break
  }
  if (request.signal.aborted) return false
  const patch = block === null ? diffRequests(before, body) : null
  const text = block === null ? prompt : BLOCKED_TEXT
  const changed = text !== newest.text
  const ms = Math.round((performance.now() - begun) * 10) / 10
  log.info('hooks.pre_input', { prompt: changed, request: patch !== null, blocked: block !== null, ms })
  request.note?.('pre_input', { prompt: changed, request: patch !== null, blocked: block !== null })
  for (const { id } of fresh) {
    const own = id === newest.id
    const entry: LedgerEntry & { patch?: RequestPatch } = {
      messageId: id,
      turnId: turn.turnId,
      content: own && changed ? [{ type: 'input_text', text }] : null,
      kinds: own && changed ? ['user.text'] : [],
      model: null,
      effort: null,
      answer: own ? block : null,
      ...(own && patch && { patch }),
    }
    ledger.add(turn.threadId, entry)
  }
  return true
}

/** Returns the local answer to a blocked message, unless the model has already answered after it. */
function blockedAnswer(
  messages: readonly UserMessage[],
  turn: Turn,
  entries: ReadonlyMap<string, LedgerEntry>,
  items: readonly InputItem[],
): LocalAnswer | null {
  const pending = messages.findLast(({ id, turnId }) => turnId === turn.turnId && entries.get(id)?.answer != null)
  if (pending === undefined || isAnswered(items, pending.index)) return null
  return { text: entries.get(pending.id)?.answer || 'A pre_input hook blocked this message.' }
}

/**
 * Replaces changed user texts in web search requests. codex sends these texts without their message id (codex-0.169
 * section 2.1), so they are found by their turn.
 */
async function applyToSearch(request: ProxyRequest, turn: Turn, ledger: Ledger): Promise<null> {
  const changed = [...ledger.read(turn.threadId, turn.ancestors).values()].filter(({ content }) => content !== null)
  if (changed.length === 0) return null
  const body = await request.body.json()
  const input = Array.isArray(body.input) ? (body.input as JsonObject[]) : []
  const next = input.map((item) => {
    const [text] = findUserTexts({ input: [item] })
    const entry = text && changed.findLast(({ turnId }) => turnId === text.turnId)
    return entry ? { ...item, content: entry.content } : item
  })
  if (next.some((item, at) => item !== input[at])) {
    request.body.replace(Buffer.from(JSON.stringify({ ...body, input: next })))
  }
  return null
}

function applyAll(
  request: ProxyRequest,
  turn: Turn,
  parts: RequestParts & { readonly items: readonly InputItem[] },
  messages: readonly UserMessage[],
  entries: ReadonlyMap<string, LedgerEntry>,
): boolean {
  const applicable = messages.flatMap(({ id }) => entries.get(id) ?? [])
  const patches = applicable.flatMap((entry) => {
    const { patch } = entry as LedgerEntry & { patch?: RequestPatch }
    return patch ? [{ patch, sameTurn: entry.turnId === turn.turnId }] : []
  })
  if (patches.length === 0) return applyEntries(request.body, parts, messages, entries)
  let patched = parts
  for (const { patch, sameTurn } of patches) patched = applyPatch(patched, patch, sameTurn)
  request.body.edit(patched)
  // A new prompt wins over a changed message in a new request.
  applyEntries(request.body, patched, findUserMessages(patched.items), entries)
  return true
}
