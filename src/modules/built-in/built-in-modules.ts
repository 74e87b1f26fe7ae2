import type { CommandRow } from '../../commands/list-commands.js'
import { ABILITIES, DEFAULT_PRIORITY, type LoadedModule, type Module } from '../module.js'
import { analyzeModule } from './analyze.js'
import { archModule } from './arch.js'
import { helpModule } from './help.js'
import { researchModule } from './research.js'
import { reviewModule } from './review.js'
import { type SaveSession, saveModule } from './save.js'
import { statusModule } from './status.js'

/** The data that built-in modules show; read on each call. */
export interface BuiltInFacts {
  rows(): readonly CommandRow[]
  status(): ReadonlyMap<string, () => string>
  save(): SaveSession | undefined
}

/** Creates the built-in modules. */
export function builtInModules(facts: BuiltInFacts): LoadedModule[] {
  return [
    saveModule(facts.save),
    statusModule(facts.status),
    helpModule(facts.rows),
    analyzeModule(),
    archModule(),
    reviewModule(),
    researchModule(),
  ].map(loaded)
}

function loaded(module: Module): LoadedModule {
  const functions = module as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>
  return {
    name: module.name,
    description: module.description,
    priority: module.priority ?? DEFAULT_PRIORITY,
    aliases: module.aliases ?? [],
    argumentHint: module.argumentHint ?? null,
    source: 'built-in',
    path: null,
    abilities: ABILITIES.filter((ability) => module[ability] !== undefined),
    call: async (name, args) => await functions[name]?.(...args),
  }
}
