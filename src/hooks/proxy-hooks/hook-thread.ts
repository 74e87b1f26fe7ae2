import { pathToFileURL } from 'node:url'
import type { Log } from '../../log/log.js'
import { createWorkerHost, type WorkerFailure } from '../../worker/worker-host.js'
import type { HookCall, HookCallResult } from './hook-calls.js'

/** The thread of one hook module, so that a hang or a `process.exit` affects only this module. */
export interface HookThread {
  /** Calls the module; rejects with a readable message. A call over the time budget ends the thread; the next call starts a new one. */
  call(call: Omit<HookCall, 'url'>): Promise<HookCallResult>
  close(): Promise<void>
}

/** Creates the thread of the module at `path`; `budgetMs` is the time limit of one call, in ms. */
export function createHookThread(path: string, budgetMs: number, log: Log): HookThread {
  const url = pathToFileURL(path).href
  const host = createWorkerHost<HookCall>({
    callsFile: 'dist/hooks/proxy-hooks/hook-calls.js',
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
