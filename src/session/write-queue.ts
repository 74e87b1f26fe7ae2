/** Work that is done in order, behind everything that is under way. */
export interface Queue {
  add(task: () => void | Promise<void>): void
  /** Resolves once everything added so far is done. */
  drained(): Promise<void>
}

/** Makes a queue whose tasks run between the reads and writes of the event loop; a task that fails costs itself. */
export function createQueue(onError: (error: unknown) => void): Queue {
  let last: Promise<void> = Promise.resolve()
  return {
    add(task) {
      last = last.then(turn).then(task).catch(onError)
    },
    drained: () => last,
  }
}

/** The bytes that have arrived are forwarded first. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
