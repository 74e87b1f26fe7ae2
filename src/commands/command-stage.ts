import { formatError } from '../errors.js'
import type { Log } from '../log/log.js'
import { applyEntries, findUserMessages, type UserMessage } from '../prompt/apply-rewrites.js'
import type { Ledger, LedgerEntry } from '../prompt/ledger.js'
import { NO_OUTPUT } from '../prompt/local-answers.js'
import { readTurn, type Turn } from '../prompt/turn.js'
import type { LocalAnswer, ProxyRequest, Stage } from '../proxy/exchange.js'
import type { Expansion } from './expansion.js'
import { markdownLiteral } from './markdown-literal.js'
import { type ModelChoice, routeToModel } from './model-choice.js'
import type { Command } from './read-command.js'
import { renderMessage } from './render-message.js'
import { withPipedInput } from './slash-prompt.js'

export interface CommandStageOptions {
  readonly ledger: Ledger
  readonly dialect: 'auto' | 'claude'
  readonly log: Log
  /** Expands one prompt of a turn. */
  expand(prompt: string, turn: Turn): Promise<Expansion>
  /** Beginnings of words that make a prompt without a slash worth expanding. */
  mentions?(): readonly string[]
  /** Whether a command is always answered here, so that no title need be asked of the model for it. */
  answersHere?(name: string): boolean
  /** The model and effort that a command's front matter may choose for a turn. */
  choose(command: Command, turn: Turn): Promise<ModelChoice | null>
}

/**
 * Makes the stage that expands slash commands: new prompts once, earlier ones from the ledger with the same bytes.
 * A request without a slash and without earlier rewrites is not even parsed.
 */
export function createCommandStage(options: CommandStageOptions): Stage {
  const { ledger, log } = options
  /** Expansions under way, so that a request that codex repeats waits for the first instead of running it again. */
  const running = new Map<string, Promise<LedgerEntry | null>>()

  return {
    name: 'commands',
    async rewrite(request) {
      if (request.method !== 'POST' || !/^\/responses(\?|$)/.test(request.path)) return null
      const turn = readTurn(request.headers)
      if (turn === null) return null
      if (turn.forTitle) return titleOf(await request.body.text(), options)
      let entries = ledger.read(turn.threadId, turn.ancestors)
      const json = await request.body.text()
      const mentions = options.mentions?.() ?? []
      const mayBeOurs = mayHoldSlash(json) || mentions.some((mention) => json.includes(mention))
      if (entries.size === 0 && !(turn.ofUser && mayBeOurs)) return null
      const messages = findUserMessages(json)
      if (messages === null) {
        log.warn('commands.shape', { path: request.path })
        return null
      }
      const fresh = turn.ofUser ? messages.filter((message) => isNew(message, turn, entries, mentions)) : []
      if (fresh.length > 0) {
        await Promise.all(fresh.map((message) => expandOnce(message, turn, options, running, request.note)))
        entries = ledger.read(turn.threadId, turn.ancestors)
      }
      const answer = localAnswer(messages, turn, entries, json)
      if (answer !== null) return answer
      const choice = choiceOf(turn, entries)
      if (applyEntries(request.body, json, messages, entries, choice)) {
        log.debug('commands.rewrite', { turn: turn.turnId })
        const rewritten = messages.filter(({ id }) => entries.get(id)?.content).length
        request.note?.('rewritten', { messages: rewritten, ...(choice?.model ? { model: choice.model } : {}) })
      }
      if (choice?.model) request.headers = routeToModel(request.headers, choice.model)
      return null
    },
  }
}

/** serde writes no space after a colon; a text that begins with a slash is found without a parse. */
function mayHoldSlash(json: Buffer): boolean {
  return json.includes('"text":"/') || json.includes('"text": "/')
}

/** Only what the user says in this very turn is a command; older turns were dealt with when they were new. */
function isNew(
  { id, turnId, text }: UserMessage,
  turn: Turn,
  entries: ReadonlyMap<string, LedgerEntry>,
  mentions: readonly string[],
): boolean {
  const ours = text.startsWith('/') || mentions.some((mention) => text.includes(mention))
  return turnId === turn.turnId && ours && !entries.has(id)
}

async function expandOnce(
  message: UserMessage,
  turn: Turn,
  options: CommandStageOptions,
  running: Map<string, Promise<LedgerEntry | null>>,
  note: ProxyRequest['note'],
): Promise<void> {
  const started = running.get(message.id) ?? expandMessage(message, turn, options, note)
  running.set(message.id, started)
  try {
    await started
  } finally {
    running.delete(message.id)
  }
}

async function expandMessage(
  message: UserMessage,
  turn: Turn,
  options: CommandStageOptions,
  note: ProxyRequest['note'],
): Promise<LedgerEntry | null> {
  const isCommand = message.text.startsWith('/')
  const prompt = turn.trigger === 'exec' && isCommand ? withPipedInput(message.text) : message.text
  const begun = performance.now()
  const expansion = await expandSafely(prompt, turn, options)
  const { outcome, command } = expansion
  const ms = Math.round((performance.now() - begun) * 10) / 10
  options.log.info('commands.expand', { outcome, command: command?.name ?? null, ms })
  note?.('command', { name: command?.name ?? null, outcome, path: command?.path ?? null, ms })
  // What nobody knows goes out as typed, untouched.
  if (outcome === 'passthrough') return null
  const base = { messageId: message.id, turnId: turn.turnId, model: null, effort: null }
  if (outcome !== 'prompt') {
    return options.ledger.add(turn.threadId, {
      ...base,
      content: null,
      kinds: [],
      answer: answerOf(expansion, turn),
      ...(expansion.aside ? { aside: true } : {}),
    })
  }
  const choice = command ? await options.choose(command, turn) : null
  const { content, kinds } = renderMessage(expansion, options.dialect)
  return options.ledger.add(turn.threadId, { ...base, ...choice, content, kinds, answer: null })
}

/** The TUI takes an answer for Markdown; only a module means it so. `exec` prints what it gets. */
function answerOf({ message, by }: Expansion, { trigger }: Turn): string {
  return message && !by && trigger !== 'exec' ? markdownLiteral(message) : (message ?? '')
}

/** A defect of ours costs this command, not the turn after the next retry. */
async function expandSafely(prompt: string, turn: Turn, options: CommandStageOptions): Promise<Expansion> {
  try {
    return await options.expand(prompt, turn)
  } catch (error) {
    options.log.error('commands.expand', { error: String(error), stack: String((error as Error).stack) })
    const message = `This command could not be expanded: ${formatError(error)}`
    return { outcome: 'local', command: null, args: '', text: [], attachments: [], message }
  }
}

/** The answer that is owed to a command that was answered here, unless the thread has gone on after it. */
function localAnswer(
  messages: readonly UserMessage[],
  turn: Turn,
  entries: ReadonlyMap<string, LedgerEntry>,
  json: Buffer,
): LocalAnswer | null {
  if (!turn.ofUser) return null
  const pending = messages.findLast(({ id, turnId }) => turnId === turn.turnId && entries.get(id)?.answer != null)
  if (pending === undefined || json.subarray(pending.range.end).includes('"assistant"')) return null
  // Said into a turn that works on something else: that has to go on.
  const steering = messages.some(
    ({ turnId, range, id }) =>
      turnId === turn.turnId && range.start < pending.range.start && entries.get(id)?.answer == null,
  )
  return { text: entries.get(pending.id)?.answer || NO_OUTPUT, ...(steering ? { continueTurn: true } : {}) }
}

/** The title of a thread whose first prompt is answered here: the prompt itself, without a call of the model. */
function titleOf(json: Buffer, { answersHere }: CommandStageOptions): LocalAnswer | null {
  if (answersHere === undefined || !json.includes('User prompt:\\n/')) return null
  const prompt = /User prompt:\\n(\/[^\s"\\]+)/.exec(json.toString('utf8'))?.[1]
  if (prompt === undefined || !answersHere(prompt.slice(1))) return null
  return { text: JSON.stringify({ title: prompt.slice(0, TITLE_LENGTH) }) }
}

/** codex asks for titles of at most so many characters. */
const TITLE_LENGTH = 36

/** The model and effort of this turn: the newest command that chose one. */
function choiceOf(turn: Turn, entries: ReadonlyMap<string, LedgerEntry>): ModelChoice | null {
  if (!turn.ofUser) return null
  const chosen = [...entries.values()].filter(
    ({ turnId, model, effort }) => turnId === turn.turnId && (model ?? effort),
  )
  return chosen.at(-1) ?? null
}
