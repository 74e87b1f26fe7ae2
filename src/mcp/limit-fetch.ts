import { setTimeout as sleep } from 'node:timers/promises'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CodexPlusError } from '../errors.js'
import { createEventRepair, type EventRepair, repairResponse } from './repair-response.js'

/** Maximum size of a response, or of a line of an event stream, in bytes: what the SDK keeps in memory. */
const LONGEST = 64 * 1024 * 1024
/** How many lines of an event stream are passed on before the rest of the process gets its turn of PAUSE_MS. */
const LINES_PER_TURN = 60
const PAUSE_MS = 5

/**
 * Returns a fetch whose responses are limited: an endless one fails, and one with events without end waits. The messages in them
 * are repaired (repair-response.ts).
 */
export function limitedFetch(name: string, fetchOf: FetchLike = fetch): FetchLike {
  return async (input, init) => {
    const response = await fetchOf(input, init)
    const { body, status, statusText, headers, url, redirected } = response
    if (body === null) return response
    const events = (headers.get('content-type') ?? '').includes('text/event-stream')
    const repair = events && response.ok ? createEventRepair(init) : null
    const limited = new Response(body.pipeThrough(limit(name, events, repair)), { status, statusText, headers })
    const repaired = await repairResponse(limited, init)
    return Object.defineProperties(repaired, { url: { value: url }, redirected: { value: redirected } })
  }
}

function limit(name: string, events: boolean, repair: EventRepair | null): TransformStream<Uint8Array, Uint8Array> {
  let length = 0
  let lines = 0
  const tooLong = (what: string): CodexPlusError =>
    new CodexPlusError('CP_MCP_ANSWER', `MCP server '${name}' sent ${what} of more than 64 MB.`)
  const pass = (bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void => {
    const passed = repair === null ? bytes : repair.part(bytes)
    if (repair !== null && repair.size() > LONGEST) throw tooLong('an event')
    if (passed.length > 0) controller.enqueue(passed)
  }
  return new TransformStream({
    async transform(bytes, controller) {
      const last = events ? bytes.lastIndexOf(0x0a) : -1
      length = last === -1 ? length + bytes.length : bytes.length - last - 1
      if (length > LONGEST) {
        throw tooLong(events ? 'a line' : 'a response')
      }
      let start = 0
      for (let at = events ? bytes.indexOf(0x0a) : -1; at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
        lines += 1
        if (lines < LINES_PER_TURN) continue
        lines = 0
        // In pieces: what is passed on at once is also handled at once.
        pass(bytes.subarray(start, at + 1), controller)
        start = at + 1
        await sleep(PAUSE_MS)
      }
      if (start < bytes.length) pass(bytes.subarray(start), controller)
    },
    flush(controller) {
      const end = repair?.end()
      if (end?.length) controller.enqueue(end)
    },
  })
}
