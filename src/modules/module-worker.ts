import { parentPort } from 'node:worker_threads'
import { ABILITIES, type Module } from './module.js'

/** A call of a module's function, or `describe` for what it says of itself. */
export interface WorkerCall {
  readonly id: number
  /** The module's file as a URL that changes with the file. */
  readonly url: string
  readonly name: string
  readonly args: readonly unknown[]
}

/** How it went; an answer without an id is an error that no call was waiting for. */
export interface WorkerAnswer {
  readonly id: number | null
  readonly value?: unknown
  readonly error?: { readonly message: string; readonly stack: string }
}

/** What a module says of itself. */
export interface Description {
  readonly name: string
  readonly description: string
  readonly priority: number | null
  readonly aliases: readonly string[]
  readonly argumentHint: string | null
  readonly abilities: readonly string[]
}

// This file runs in a thread of its own: a module that never ends, or ends the process, ends that thread alone.
const port = parentPort

async function answer({ id, url, name, args }: WorkerCall): Promise<WorkerAnswer> {
  try {
    const module = pick((await import(url)) as Record<string, unknown>)
    if (name === 'describe') return { id, value: describe(module) }
    const value: unknown = await (module as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args)
    return { id, value }
  } catch (error) {
    return { id, error: describeError(error) }
  }
}

/** The module of a file: its default export, else its export `module`, else its exports themselves. */
function pick(exports: Record<string, unknown>): Module {
  const value = exports.default ?? exports.module ?? exports
  return value as Module
}

/** Throws a sentence where the file's export is no module. */
function describe(module: Module): Description {
  const values = module as unknown as Record<string, unknown>
  const text = (key: string): string => {
    const value = values[key]
    if (typeof value !== 'string' || value.trim() === '') throw new Error(`\`${key}\` must be a text`)
    return value
  }
  if (typeof module !== 'object' || module === null) throw new Error('its default export must be an object')
  const name = text('name')
  if (/[\s/]/.test(name)) throw new Error('`name` must have no blank and no slash')
  if (typeof values.canHandle !== 'function') throw new Error('`canHandle(command, args)` must be a function')
  const abilities = ABILITIES.filter((ability) => values[ability] !== undefined)
  for (const ability of abilities) {
    if (typeof values[ability] !== 'function') throw new Error(`\`${ability}\` must be a function`)
  }
  if (abilities.length === 0) throw new Error(`it needs one of ${ABILITIES.map((key) => `\`${key}\``).join(', ')}`)
  const { priority, aliases = [] } = module
  if (priority !== undefined && !Number.isFinite(priority)) throw new Error('`priority` must be a number')
  if (!Array.isArray(aliases) || !aliases.every((alias) => typeof alias === 'string')) {
    throw new Error('`aliases` must be a list of texts')
  }
  return {
    name,
    description: text('description'),
    priority: priority ?? null,
    aliases: aliases as string[],
    argumentHint: typeof values.argumentHint === 'string' ? values.argumentHint : null,
    abilities,
  }
}

function describeError(error: unknown): { message: string; stack: string } {
  if (error instanceof Error) return { message: error.message, stack: error.stack ?? '' }
  return { message: String(error), stack: '' }
}

/** What cannot be copied to the other thread becomes an error of the call. */
function send(message: WorkerAnswer): void {
  try {
    port?.postMessage(message)
  } catch (error) {
    port?.postMessage({ id: message.id, error: describeError(error) })
  }
}

port?.on('message', (call: WorkerCall) => void answer(call).then(send))
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => send({ id: null, error: describeError(error) }))
}
