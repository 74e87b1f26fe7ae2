import { formatError } from '../errors.js'
import type { Log } from '../log/log.js'
import { applyEntries, findUserMessages, isAnswered, type UserMessage } from '../prompt/apply-rewrites.js'
import type { Ledger, LedgerEntry } from '../prompt/ledger.js'
import { NO_OUTPUT } from '../prompt/local-answers.js'
import { readTurn, type Turn } from '../prompt/turn.js'
import type { LocalAnswer, ProxyRequest, Stage } from '../proxy/exchange.js'
import type { InputItem } from '../request/input-item.js'
import type { Expansion } from './expansion.js'
import { markdownLiteral } from './markdown-literal.js'
import { type ModelChoice, routeToModel } from './model-choice.js'
import type { Command } from './read-command.js'
import { renderMessage } from './render-message.js'
import { withPipedInput } from './slash-prompt.js'

export interface CommandStageOptions {
  readonly ledger: Ledger
  readonly log: Log
  /** Returns the commands of the folder that a turn works in; null where slash commands are switched off. */
  commandsOf(turn: Turn): Promise<TurnCommands | null>
  /** Returns the model and effort that a command's front matter chooses for a turn; null when it chooses none. */
  choose(command: Command, turn: Turn): Promise<ModelChoice | null>
}

/** The slash commands of the folder that a turn works in. */
export interface TurnCommands {
  readonly dialect: 'auto' | 'claude'
  /** Expands one prompt of the turn. */
  expand(prompt: string, turn: Turn, signal: AbortSignal): Promise<Expansion>
  /** Beginnings of words that make a prompt without a slash worth expanding. */
  mentions?(): readonly string[]
  /** Whether a command is always answered locally, so that its thread's title needs no model call. */
  answersLocally?(name: string): boolean
}

/**
 * Creates the stage that expands slash commands: each new prompt once, earlier ones from the ledger with the same
 * bytes. A request without a slash and without earlier rewrites is not parsed.
 */
export function createCommandStage(options: CommandStageOptions): Stage {
  const { ledger, log } = options
  /**
   * Expansions in progress, so that a request that codex repeats waits for the first one instead of running it again.
   */
  const running = new Map<string, Promise<LedgerEntry | null>>()

  return {
    name: 'commands',
    async rewrite(request) {
      if (request.method !== 'POST' || !/^\/responses(\?|$)/.test(request.path)) return null
      const turn = readTurn(request.headers)
      if (turn === null) return null
      const commands = await options.commandsOf(turn)
      if (turn.forTitle) return commands === null ? null : titleOf(await request.body.text(), commands)
      let entries = ledger.read(turn.threadId, turn.ancestors)
      const mentions = commands?.mentions?.() ?? []
      const parts = await request.body.parts()
      if (parts?.items == null) {
        if (entries.size > 0 || turn.ofUser) log.warn('commands.shape', { path: request.path })
        return null
      }
      const { items } = parts
      const messages = findUserMessages(items)
      if (turn.ofUser && commands !== null) {
        const { dialect } = commands
        const fresh = messages.filter((message) => isNew(message, turn, entries, mentions, dialect))
        const inTurn = { turn, commands, options, request }
        await Promise.all(fresh.map((message) => expandOnce(message, inTurn, running)))
        if (fresh.length > 0) entries = ledger.read(turn.threadId, turn.ancestors)
      }
      if (entries.size === 0) return null
      const answer = localAnswer(messages, turn, entries, items)
      if (answer !== null) return answer
      const choice = choiceOf(turn, entries)
      if (applyEntries(request.body, { ...parts, items }, messages, entries, choice)) {
        log.debug('commands.rewrite', { turn: turn.turnId })
        const rewritten = messages.filter(({ id }) => entries.get(id)?.content).length
        request.note?.('rewritten', { messages: rewritten, ...(choice?.model ? { model: choice.model } : {}) })
      }
      if (choice?.model) request.headers = routeToModel(request.headers, choice.model)
      return null
    },
  }
}

function startsWithSlash(text: string, dialect: 'auto' | 'claude'): boolean {
  return (dialect === 'auto' ? text.trimStart() : text).startsWith('/')
}

/**
 * Whether a message needs expansion: only those of the current turn do, older turns were expanded when they were new.
 */
function isNew(
  { id, turnId, text }: UserMessage,
  turn: Turn,
  entries: ReadonlyMap<string, LedgerEntry>,
  mentions: readonly string[],
  dialect: 'auto' | 'claude',
): boolean {
  const mayExpand = startsWithSlash(text, dialect) || mentions.some((mention) => text.includes(mention))
  return turnId === turn.turnId && mayExpand && !entries.has(id)
}

/** The turn in which a message is expanded. */
interface InTurn {
  readonly turn: Turn
  readonly commands: TurnCommands
  readonly options: CommandStageOptions
  readonly request: ProxyRequest
}

async function expandOnce(
  message: UserMessage,
  inTurn: InTurn,
  running: Map<string, Promise<LedgerEntry | null>>,
): Promise<void> {
  const started = running.get(message.id) ?? expandMessage(message, inTurn)
  running.set(message.id, started)
  try {
    await started
  } finally {
    running.delete(message.id)
  }
}

async function expandMessage(message: UserMessage, inTurn: InTurn): Promise<LedgerEntry | null> {
  const { turn, commands, options, request } = inTurn
  const { note, signal } = request
  const isCommand = startsWithSlash(message.text, commands.dialect)
  const prompt = turn.trigger === 'exec' && isCommand ? withPipedInput(message.text) : message.text
  const begun = performance.now()
  const expansion = await expandSafely(prompt, inTurn)
  const { outcome, command } = expansion
  const ms = Math.round((performance.now() - begun) * 10) / 10
  options.log.info('commands.expand', { outcome, command: command?.name ?? null, ms })
  note?.('command', { name: command?.name ?? null, outcome, path: command?.path ?? null, ms })
  const base = { messageId: message.id, turnId: turn.turnId, model: null, effort: null }
  if (outcome === 'passthrough') {
    // An unknown command is sent as typed; without a person to correct it, the model is told that there is none.
    if (expansion.unknown === undefined || turn.trigger !== 'exec') return null
    const told = unknownNote(expansion.unknown)
    return options.ledger.add(turn.threadId, { ...base, content: null, kinds: [], answer: null, note: told })
  }
  if (outcome !== 'prompt') {
    return options.ledger.add(turn.threadId, {
      ...base,
      content: null,
      kinds: [],
      answer: answerOf(expansion, turn),
      ...(expansion.aside || (expansion.failed && hasNoAnswer(turn, signal)) ? { aside: true } : {}),
      ...(expansion.failed ? { failed: true } : {}),
    })
  }
  const choice = command ? await options.choose(command, turn) : null
  const { content, kinds } = renderMessage(expansion, commands.dialect)
  return options.ledger.add(turn.threadId, { ...base, ...choice, content, kinds, answer: null })
}

function unknownNote({ name, near }: NonNullable<Expansion['unknown']>): string {
  const similar = near === null ? '' : ` The most similar one is /${near}.`
  return `The user's message begins with /${name}, but there is no command of that name here.${similar} Treat the message as plain text.`
}

/**
 * Whether codex keeps the message of a failed command without an answer: where `exec` failed with it, or codex gave the
 * request up. Later requests leave such a message out; in the TUI the error stands in the thread as the answer.
 */
function hasNoAnswer({ trigger }: Turn, signal: AbortSignal): boolean {
  return trigger === 'exec' || signal.aborted
}

/** The TUI takes an answer for Markdown; only a module means it so. `exec` prints what it gets. */
function answerOf({ message, by }: Expansion, { trigger }: Turn): string {
  return message && !by && trigger !== 'exec' ? markdownLiteral(message) : (message ?? '')
}

/** A defect of mayExpand costs this command, not the turn after the next retry. */
async function expandSafely(prompt: string, { turn, commands, options, request }: InTurn): Promise<Expansion> {
  try {
    return await commands.expand(prompt, turn, request.signal)
  } catch (error) {
    options.log.error('commands.expand', { error: String(error), stack: String((error as Error).stack) })
    const message = `This command could not be expanded: ${formatError(error)}`
    return { outcome: 'local', command: null, args: '', text: [], attachments: [], message, failed: true }
  }
}

/** Returns the local answer of this turn's command; null when there is none or the thread has continued after it. */
function localAnswer(
  messages: readonly UserMessage[],
  turn: Turn,
  entries: ReadonlyMap<string, LedgerEntry>,
  items: readonly InputItem[],
): LocalAnswer | null {
  if (!turn.ofUser) return null
  const pending = messages.findLast(({ id, turnId }) => turnId === turn.turnId && entries.get(id)?.answer != null)
  if (pending === undefined || isAnswered(items, pending.index)) return null
  // Typed into a turn that works on something else: that turn must continue.
  const steering = messages.some(
    ({ turnId, index, id }) => turnId === turn.turnId && index < pending.index && entries.get(id)?.answer == null,
  )
  const { answer, failed } = entries.get(pending.id) ?? {}
  // In the TUI the error is an answer, so that the thread goes on; what runs without a person fails with it.
  if (failed && turn.trigger === 'exec' && !steering) return { text: answer ?? '', failed: true }
  return { text: answer || NO_OUTPUT, ...(steering ? { continueTurn: true } : {}) }
}

/** Returns the title of a thread whose first prompt is answered locally: the prompt itself, without a model call. */
function titleOf(json: Buffer, { answersLocally }: TurnCommands): LocalAnswer | null {
  if (answersLocally === undefined || !json.includes('User prompt:\\n/')) return null
  const prompt = /User prompt:\\n(\/[^\s"\\]+)/.exec(json.toString('utf8'))?.[1]
  if (prompt === undefined || !answersLocally(prompt.slice(1))) return null
  return { text: JSON.stringify({ title: prompt.slice(0, TITLE_LENGTH) }) }
}

/** Maximum length of a title that codex asks for, in characters. */
const TITLE_LENGTH = 36

/** Returns the model and effort chosen by the newest command of this turn; null when none did. */
function choiceOf(turn: Turn, entries: ReadonlyMap<string, LedgerEntry>): ModelChoice | null {
  if (!turn.ofUser) return null
  const chosen = [...entries.values()].filter(
    ({ turnId, model, effort }) => turnId === turn.turnId && (model ?? effort),
  )
  return chosen.at(-1) ?? null
}
