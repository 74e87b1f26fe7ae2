import type { Readable } from 'node:stream'

/** How long output is read after a program's end, in ms: a background child may keep the pipe open for ever. */
export const AFTER_END = 100

/** Calls `done` when the pipes hold no more output: in a busy process a timer may fire before they are read. */
export function whenRead(streams: ReadonlyArray<Readable | null>, done: () => void): void {
  let arrived = false
  const note = (): void => {
    arrived = true
  }
  for (const stream of streams) stream?.once('data', note)
  // The first immediate runs before the next poll of the pipes, the second after it.
  setImmediate(() => setImmediate(() => (arrived ? whenRead(streams, done) : done())))
}
