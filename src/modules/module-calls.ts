import type { AnswerCall } from '../worker/worker-messages.js'
import { ABILITIES, type Module } from './module.js'

/** A call of a module's function; `describe` validates the module and returns its description. */
export interface ModuleCall {
  /** The module's file as a URL that changes with the file. */
  readonly url: string
  readonly name: string
  readonly args: readonly unknown[]
}

/** What a module declares about itself. */
export interface Description {
  readonly name: string
  readonly description: string
  readonly priority: number | null
  readonly aliases: readonly string[]
  readonly argumentHint: string | null
  readonly abilities: readonly string[]
}

/** Runs a call in the worker thread of the modules. */
export const answerCall: AnswerCall<ModuleCall> = async ({ url, name, args }) => {
  const module = pick((await import(url)) as Record<string, unknown>)
  if (name === 'describe') return describe(module)
  return await (module as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args)
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
