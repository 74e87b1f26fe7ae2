import type { IncomingMessage } from 'node:http'

/** Reads a request's body as JSON; returns undefined when it has more than `limit` bytes or is not JSON. */
export async function readJson(incoming: IncomingMessage, limit: number): Promise<unknown> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length
    if (length > limit) return undefined
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
