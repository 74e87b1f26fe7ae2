import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import type { Log } from '../log/log.js'
import { packageFile } from '../package-file.js'
import { startWorker } from '../worker/start-thread.js'
import type { WorkerAnswer } from './module-worker.js'

/** Why a call came to nothing. */
export class ThreadFailure extends Error {
  readonly kind: 'threw' | 'late' | 'ended'
  readonly trace: string

  constructor(kind: ThreadFailure['kind'], message: string, trace = '') {
    super(message)
    this.kind = kind
    this.trace = trace
  }
}

/** The thread that custom modules run in. */
export interface ModuleThread {
  /**
   * Calls a function of the module at `url`. Rejects with a ThreadFailure; a call that takes longer than `budgetMs` costs
   * the thread, and the next call gets a new one. One call at a time, so that it is known whose fault a hang is.
   */
  call(url: string, name: string, args: readonly unknown[], budgetMs: number): Promise<unknown>
  close(): Promise<void>
}

// A file of its own, built also for the tests: a worker is no place for a loader of TypeScript.
const FILE = pathToFileURL(packageFile('dist/modules/module-worker.js'))

/** Makes the thread of a run; it starts with the first call. `onStray` takes errors that no call was waiting for. */
export function createModuleThread(log: Log, onStray: (error: ThreadFailure) => void): ModuleThread {
  let worker: Worker | undefined
  let nextId = 0
  let waiting: { id: number; settle(answer: WorkerAnswer | ThreadFailure): void } | undefined
  let last: Promise<unknown> = Promise.resolve()

  const start = (): Worker => {
    const started = startWorker(FILE, (text) => log.debug('modules.printed', { text }))
    started.on('message', (answer: WorkerAnswer) => {
      if (answer.id !== null && answer.id === waiting?.id) waiting.settle(answer)
      else if (answer.error) onStray(new ThreadFailure('threw', answer.error.message, answer.error.stack))
    })
    started.on('error', (error) => log.warn('modules.thread', { error: String(error) }))
    started.on('exit', () => {
      if (worker !== started) return
      worker = undefined
      waiting?.settle(new ThreadFailure('ended', 'ended its thread (process.exit?)'))
    })
    return started
  }
  const end = async (): Promise<void> => {
    const old = worker
    worker = undefined
    await old?.terminate()
  }
  const callNow = async (url: string, name: string, args: readonly unknown[], budgetMs: number): Promise<unknown> => {
    nextId += 1
    const id = nextId
    let timer: NodeJS.Timeout | undefined
    const answer = await new Promise<WorkerAnswer | ThreadFailure>((settle) => {
      waiting = { id, settle }
      timer = setTimeout(() => settle(new ThreadFailure('late', `took longer than ${budgetMs / 1000} s`)), budgetMs)
      worker ??= start()
      worker.postMessage({ id, url, name, args })
    })
    clearTimeout(timer)
    waiting = undefined
    if (answer instanceof ThreadFailure) {
      if (answer.kind === 'late') void end()
      throw answer
    }
    if (answer.error) throw new ThreadFailure('threw', answer.error.message, answer.error.stack)
    return answer.value
  }
  return {
    call(url, name, args, budgetMs) {
      const result = last.then(() => callNow(url, name, args, budgetMs))
      last = result.catch(() => {})
      return result
    },
    close: end,
  }
}
