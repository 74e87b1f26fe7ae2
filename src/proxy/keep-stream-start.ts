import { PassThrough, type Readable } from 'node:stream'

/** How much of a stream's beginning is kept, in bytes. */
const LIMIT = 64 * 1024

/** Passes a stream on and hands the beginning of its text over at its end. */
export function readAlong(source: Readable, onText: (text: string) => void): Readable {
  const parts: Buffer[] = []
  let length = 0
  const along = new PassThrough({
    transform(part: Buffer, _encoding, next) {
      if (length < LIMIT) parts.push(part)
      length += part.length
      next(null, part)
    },
    flush(done) {
      onText(Buffer.concat(parts).toString('utf8'))
      done()
    },
  })
  source.once('error', (error) => along.destroy(error))
  along.once('close', () => source.destroy())
  return source.pipe(along)
}
