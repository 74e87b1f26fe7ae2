import type { Log } from '../log/log.js'
import { createWorkerHost, WorkerFailure } from '../worker/worker-host.js'
import type { ModuleCall } from './module-calls.js'

/** The thread that custom modules run in. */
export interface ModuleThread {
  /**
   * Calls a function of the module at `url`. Rejects with a WorkerFailure; a call that takes longer than `budgetMs` ends the
   * thread, and the next call starts a new one. Calls run one at a time, so that it is known which one hangs.
   */
  call(url: string, name: string, args: readonly unknown[], budgetMs: number): Promise<unknown>
  /** Ends the thread. Calls that are pending then never settle: codex has ended, and their failure is no error of the module. */
  close(): Promise<void>
}

/** Creates the thread of a run; it starts with the first call. `onStray` receives errors outside of any call. */
export function createModuleThread(log: Log, onStray: (error: WorkerFailure) => void): ModuleThread {
  const host = createWorkerHost<ModuleCall>({
    callsFile: 'dist/bundle/module-calls.js',
    onPrint: (text) => log.debug('modules.printed', { text }),
    onStrayError: onStray,
    onThreadError: (error) => log.warn('modules.thread', { error: String(error) }),
  })
  let last: Promise<unknown> = Promise.resolve()

  return {
    call(url, name, args, budgetMs) {
      const result = last.then(() => host.call({ url, name, args }, budgetMs).catch((error) => fail(error, budgetMs)))
      last = result.catch(() => {})
      return result
    },
    close: () => host.close(),
  }
}

/** Throws the failure of a call, with a message that continues a sentence about the called function. */
function fail(error: unknown, budgetMs: number): Promise<never> {
  const { kind } = error as WorkerFailure
  if (kind === 'late') throw new WorkerFailure(kind, { message: `took longer than ${budgetMs / 1000} s` })
  if (kind === 'ended') throw new WorkerFailure(kind, { message: 'ended its thread (process.exit?)' })
  if (kind === 'closed') return new Promise(() => {})
  throw error
}
