// This folder runs a user's JavaScript module in a worker thread: starts the thread, sends calls, applies time budgets.
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { packageFile } from '../package-file.js'
import { startWorker } from './start-thread.js'
import type { WorkerCall, WorkerError, WorkerResult } from './worker-messages.js'

/** Why a call failed: it threw, took too long, its thread ended (process.exit, out of memory), or the host was closed. */
export type WorkerFailureKind = 'threw' | 'late' | 'ended' | 'closed'

/** The failure of a call. */
export class WorkerFailure extends Error {
  readonly kind: WorkerFailureKind
  /** The stack in the thread; empty if there is none. */
  readonly trace: string
  /** The error as `String(error)` wrote it in the thread, with its class. */
  readonly text: string

  constructor(kind: WorkerFailureKind, { message = kind, stack = '', text = message }: Partial<WorkerError> = {}) {
    super(message)
    this.kind = kind
    this.trace = stack
    this.text = text
  }
}

export interface WorkerHostOptions {
  /** The file in `dist/` whose `answerCall` runs the calls. */
  readonly callsFile: string
  /** Receives what the thread prints: the screen is codex's. */
  onPrint(text: string): void
  /** Receives an error outside of any call: from a timer or from a promise that is not awaited. */
  onStrayError(failure: WorkerFailure): void
  /** Receives an error that ended the thread. */
  onThreadError(error: Error): void
}

/** A thread that runs calls of type `Input`. */
export interface WorkerHost<Input> {
  /**
   * Runs a call; rejects with a WorkerFailure. Calls may overlap. A call that takes longer than `budgetMs` ends the thread and
   * with it all pending calls; the next call starts a new thread.
   */
  call(input: Input, budgetMs: number): Promise<unknown>
  /** Ends the thread. Pending and later calls reject. */
  close(): Promise<void>
}

// The built file, in tests too: a worker thread has no TypeScript loader.
const ENTRY = pathToFileURL(packageFile('dist/bundle/worker-entry.js'))

/** Creates a worker host. Its thread starts with the first call. */
export function createWorkerHost<Input>(options: WorkerHostOptions): WorkerHost<Input> {
  const callsFile = pathToFileURL(packageFile(options.callsFile)).href
  const pending = new Map<number, (result: WorkerResult | WorkerFailure) => void>()
  let worker: Worker | undefined
  let nextId = 0
  let closed = false

  const start = (): Worker => {
    const started = startWorker(ENTRY, callsFile, options.onPrint)
    started.on('message', (result: WorkerResult) => {
      if (result.id !== null) pending.get(result.id)?.(result)
      else if (result.error) options.onStrayError(new WorkerFailure('threw', result.error))
    })
    started.on('error', options.onThreadError)
    started.on('exit', () => {
      if (worker === started) void end('ended')
    })
    return started
  }
  const end = async (kind: WorkerFailureKind): Promise<void> => {
    const old = worker
    worker = undefined
    for (const settle of [...pending.values()]) settle(new WorkerFailure(kind))
    await old?.terminate()
  }
  return {
    call(input, budgetMs) {
      if (closed) return Promise.reject(new WorkerFailure('closed'))
      nextId += 1
      const id = nextId
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => void end('late'), budgetMs)
        const settle = (result: WorkerResult | WorkerFailure): void => {
          clearTimeout(timer)
          pending.delete(id)
          if (result instanceof WorkerFailure) reject(result)
          else if (result.error) reject(new WorkerFailure('threw', result.error))
          else resolve(result.value)
        }
        pending.set(id, settle)
        try {
          worker ??= start()
          worker.postMessage({ id, input } satisfies WorkerCall)
        } catch (error) {
          // The thread cannot start, or `input` cannot be copied to it.
          settle(new WorkerFailure('threw', { message: String(error) }))
        }
      })
    },
    async close() {
      closed = true
      await end('closed')
    },
  }
}
