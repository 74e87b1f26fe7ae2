/** What other programs may use of this package: the failures and their codes. */
export { CodexPlusError, type ErrorCode, formatError } from './errors.js'
export type { HookOutcome, HookRun } from './hooks/decide/event-outcome.js'
export type { HookEngine } from './hooks/engine.js'
export type { Module, ModuleAnswer, ModuleContext } from './modules/module.js'
