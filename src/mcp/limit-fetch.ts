import { setTimeout as sleep } from 'node:timers/promises'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CodexPlusError } from '../errors.js'

/** Maximum size of a response, or of a line of an event stream, in bytes: what the SDK keeps in memory. */
const LONGEST = 64 * 1024 * 1024
/** How many lines of an event stream are passed on before the rest of the process gets its turn of PAUSE_MS. */
const LINES_PER_TURN = 60
const PAUSE_MS = 5

/** Returns a fetch whose responses are limited: an endless one fails, and one with events without end waits. */
export function limitedFetch(name: string, fetchOf: FetchLike = fetch): FetchLike {
  return async (input, init) => {
    const response = await fetchOf(input, init)
    const { body, status, statusText, headers, url, redirected } = response
    if (body === null) return response
    const events = (headers.get('content-type') ?? '').includes('text/event-stream')
    const limited = new Response(body.pipeThrough(limit(name, events)), { status, statusText, headers })
    return Object.defineProperties(limited, { url: { value: url }, redirected: { value: redirected } })
  }
}

function limit(name: string, events: boolean): TransformStream<Uint8Array, Uint8Array> {
  let length = 0
  let lines = 0
  return new TransformStream({
    async transform(bytes, controller) {
      const last = events ? bytes.lastIndexOf(0x0a) : -1
      length = last === -1 ? length + bytes.length : bytes.length - last - 1
      if (length > LONGEST) {
        const what = events ? 'a line' : 'a response'
        throw new CodexPlusError('CP_MCP_ANSWER', `MCP server '${name}' sent ${what} of more than 64 MB.`)
      }
      let start = 0
      for (let at = events ? bytes.indexOf(0x0a) : -1; at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
        lines += 1
        if (lines < LINES_PER_TURN) continue
        lines = 0
        // In pieces: what is passed on at once is also handled at once.
        controller.enqueue(bytes.subarray(start, at + 1))
        start = at + 1
        await sleep(PAUSE_MS)
      }
      if (start < bytes.length) controller.enqueue(bytes.subarray(start))
    },
  })
}
