import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import type { Log } from '../../log/log.js'
import { packageFile } from '../../package-file.js'
import { startWorker } from '../../worker/start-thread.js'
import type { WorkerAnswer, WorkerCall } from './hook-worker.js'

/** The thread that one hook module runs in: its own, so that a hang or a `process.exit` is its own too. */
export interface HookThread {
  /** Calls the module; rejects with a sentence. A call over the budget costs the thread, and the next starts another. */
  call(call: Omit<WorkerCall, 'id' | 'url'>): Promise<readonly string[] | null>
  close(): Promise<void>
}

interface Waiting {
  settle(answer: WorkerAnswer): void
}

// A file of its own, built also for the tests: a worker is no place for a loader of TypeScript.
const FILE = pathToFileURL(packageFile('dist/hooks/proxy-hooks/hook-worker.js'))

/** Makes the thread of the module at `path`; `budgetMs` is the time for one call. */
export function createHookThread(path: string, budgetMs: number, log: Log): HookThread {
  const url = pathToFileURL(path).href
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let nextId = 0

  const start = (): Worker => {
    const started = startWorker(FILE, (text) => log.debug('hooks.printed', { path, text }))
    started.on('message', (answer: WorkerAnswer) => {
      if (answer.id === null) log.warn('hooks.stray', { path, error: answer.error ?? '' })
      else waiting.get(answer.id)?.settle(answer)
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
    for (const [id, { settle }] of [...waiting]) settle({ id, error })
    return old?.terminate() ?? Promise.resolve()
  }
  return {
    call(call) {
      nextId += 1
      const id = nextId
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => void end(`it took longer than ${budgetMs} ms`), budgetMs)
        waiting.set(id, {
          settle({ value, error }) {
            clearTimeout(timer)
            waiting.delete(id)
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
