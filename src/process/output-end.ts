import type { Readable } from 'node:stream'

/** How long output may come after a program's end, in ms: a background child may keep the pipe open for ever. */
export const AFTER_END = 100

/** Calls back when no output is left in the pipes: a timer of a busy process may fire before they are read. */
export function whenRead(streams: ReadonlyArray<Readable | null>, done: () => void): void {
  let arrived = false
  const note = (): void => {
    arrived = true
  }
  for (const stream of streams) stream?.once('data', note)
  // The first comes before the next look at the pipes, the second after it.
  setImmediate(() => setImmediate(() => (arrived ? whenRead(streams, done) : done())))
}
