import { pathToFileURL } from 'node:url'
import type { Log } from '../../log/log.js'
import { createWorkerHost, type WorkerFailure } from '../../worker/worker-host.js'
import type { HookCall, HookCallResult } from './call-hook-function.js'

/** The thread of one hook module, so that a hang or a `process.exit` affects only this module. */
export interface HookThread {
  /** Calls the module; rejects with a readable message. A call over the time budget ends the thread; the next call starts a new one. */
  call(call: Omit<HookCall, 'url'>): Promise<HookCallResult>
  close(): Promise<void>
}

/**
 * Creates the thread of the module at `path`; `budgetMs` is the time limit of one call, in ms. `pathOf` returns the path with
 * the contents that the file had when the session began.
 */
export function createHookThread(
  path: string,
  budgetMs: number,
  log: Log,
  pathOf: (file: string) => string = (file) => file,
): HookThread {
  const host = createWorkerHost<HookCall>({
    callsFile: 'dist/bundle/call-hook-function.js',
    onPrint: (text) => log.debug('hooks.printed', { path, text }),
    onStrayError: ({ text }) => log.warn('hooks.stray', { path, error: text }),
    onThreadError: (error) => log.warn('hooks.thread', { path, error: String(error) }),
  })
  const messages = {
    late: `it took longer than ${budgetMs} ms`,
    ended: 'it ended its thread (process.exit?)',
    closed: 'codex has ended',
  }
  return {
    async call(call) {
      const url = pathToFileURL(pathOf(path)).href
      try {
        return (await host.call({ ...call, url }, budgetMs)) as HookCallResult
      } catch (error) {
        const { kind, text } = error as WorkerFailure
        throw new Error(kind === 'threw' ? text : messages[kind])
      }
    },
    close: () => host.close(),
  }
}
