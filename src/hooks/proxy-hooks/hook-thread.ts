import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import type { Log } from '../../log/log.js'
import { packageFile } from '../../package-file.js'
import { startWorker } from '../../worker/start-thread.js'
import type { WorkerAnswer, WorkerCall } from './hook-worker.js'

/** The thread of one hook module, so that a hang or a `process.exit` affects only this module. */
export interface HookThread {
  /** Calls the module; rejects with a readable message. A call over the time budget ends the thread; the next call starts a new one. */
  call(call: Omit<WorkerCall, 'id' | 'url'>): Promise<readonly string[] | null>
  close(): Promise<void>
}

interface PendingCall {
  settle(answer: WorkerAnswer): void
}

// The built file, in tests too: a worker thread has no TypeScript loader.
const FILE = pathToFileURL(packageFile('dist/hooks/proxy-hooks/hook-worker.js'))

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
  let url = ''
  const pending = new Map<number, PendingCall>()
  let worker: Worker | undefined
  let nextId = 0

  const start = (): Worker => {
    url = pathToFileURL(pathOf(path)).href
    const started = startWorker(FILE, (text) => log.debug('hooks.printed', { path, text }))
    started.on('message', (answer: WorkerAnswer) => {
      if (answer.id === null) log.warn('hooks.stray', { path, error: answer.error ?? '' })
      else pending.get(answer.id)?.settle(answer)
    })
    started.on('error', (error) => log.warn('hooks.thread', { path, error: String(error) }))
    started.on('exit', () => {
      if (worker === started) end('it ended its thread (process.exit?)')
    })
    return started
  }
  const end = (error: string): Promise<unknown> => {
    const old = worker
    worker = undefined
    for (const [id, { settle }] of [...pending]) settle({ id, error })
    return old?.terminate() ?? Promise.resolve()
  }
  return {
    call(call) {
      nextId += 1
      const id = nextId
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => void end(`it took longer than ${budgetMs} ms`), budgetMs)
        pending.set(id, {
          settle({ value, error }) {
            clearTimeout(timer)
            pending.delete(id)
            if (error === undefined) resolve(value ?? null)
            else reject(new Error(error))
          },
        })
        worker ??= start()
        worker.postMessage({ ...call, id, url } satisfies WorkerCall)
      })
    },
    async close() {
      await end('codex has ended')
    },
  }
}
