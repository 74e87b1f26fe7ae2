import type { IncomingMessage } from 'node:http'
import { readLimited } from '../stream/read-limited.js'

/** Reads a request's body as JSON; returns undefined when it has more than `limit` bytes or is not JSON. */
export async function readJson(incoming: IncomingMessage, limit: number): Promise<unknown> {
  const body = await readLimited(incoming as AsyncIterable<Buffer>, limit)
  if (body === null) return undefined
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
