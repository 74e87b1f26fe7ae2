/** A queue of tasks that run in order, after work in progress. */
export interface Queue {
  add(task: () => void | Promise<void>): void
  /** Resolves once everything added so far is done. */
  drained(): Promise<void>
}

/** Creates a queue whose tasks run between the I/O of the event loop; a failed task does not stop the others. */
export function createQueue(onError: (error: unknown) => void): Queue {
  let last: Promise<void> = Promise.resolve()
  return {
    add(task) {
      last = last.then(turn).then(task).catch(onError)
    },
    drained: () => last,
  }
}

/** Waits until bytes that have arrived are forwarded. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
