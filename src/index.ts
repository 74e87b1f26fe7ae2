/** The public API of this package: errors and their codes, and the types for hooks and modules. */
export { CodexPlusError, type ErrorCode, formatError } from './errors.js'
export type { HookOutcome, HookRun } from './hooks/decide/event-outcome.js'
export type { HookEngine } from './hooks/engine.js'
export type { Module, ModuleAnswer, ModuleContext } from './modules/module.js'
