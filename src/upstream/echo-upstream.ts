import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { findUserTexts } from '../prompt/user-text.js'
import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'
import { type JsonObject, RequestBody } from '../request/request-body.js'
import { formatEvent, itemEvents } from '../stream/local-response-events.js'
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.js'

/** The content of the echo upstream's answers: the user's message as it would be sent, or the whole body. */
export type EchoContent = 'text' | 'full'

/** Creates the embedded upstream that needs no login and no network: it answers with the content of the request. */
export function createEchoUpstream(content: EchoContent): Upstream {
  return {
    name: 'echo',
    send: async (request) => await answer(request, content),
    close: async () => {},
  }
}

async function answer(request: UpstreamRequest, content: EchoContent): Promise<UpstreamResponse> {
  const path = request.url.pathname
  // With an empty list codex uses its built-in models.
  if (request.method === 'GET' && path.endsWith('/models')) return json(200, { models: [] })
  if (request.method !== 'POST')
    return json(404, { error: { message: `echo: no answer for ${request.method} ${path}` } })
  if (path.endsWith('/responses')) return await answerTurn(request, content)
  if (path.endsWith('/alpha/search')) return json(200, { results: [], output: 'echo: search is not available' })
  return json(404, { error: { message: `echo: no answer for POST ${path}` } })
}

async function answerTurn(request: UpstreamRequest, content: EchoContent): Promise<UpstreamResponse> {
  const body = new RequestBody(request.body ?? Buffer.alloc(0), headerValue(request.headers, 'content-encoding'))
  const value = await body.json()
  const id = `resp_echo_${randomUUID()}`
  const input = Array.isArray(value.input) ? (value.input as JsonObject[]) : []
  if (input.at(-1)?.type === 'compaction_trigger') {
    return events([itemEvents(id, { type: 'compaction', encrypted_content: 'echo' })])
  }
  if (asksForTitle(value)) return events([...streamMessage(id, JSON.stringify({ title: titleOf(value) }))])
  const text = content === 'full' ? JSON.stringify(value, null, 2) : lastPrompt(value)
  return events([...streamMessage(id, text)])
}

/** Returns the user's newest message: texts verbatim, images by their kind and size. */
function lastPrompt(body: JsonObject): string {
  const last = findUserTexts(body).at(-1)
  if (!last) return 'echo: the request contains no user message'
  const message = (body.input as JsonObject[])[last.item]
  const content = (message?.content ?? []) as Array<JsonObject | null>
  const parts = content.map((part) => {
    if (typeof part?.text === 'string') return part.text
    const url = typeof part?.image_url === 'string' ? part.image_url : ''
    return `[${String(part?.type)}: ${url.slice(0, url.indexOf(',') + 1) || url}… ${url.length} characters]`
  })
  return parts.join('\n\n')
}

/** Returns whether this is codex's request for a thread title, which expects an object (section 3, thread title). */
function asksForTitle(body: JsonObject): boolean {
  const text = body.text as { format?: { schema?: { properties?: JsonObject } } } | undefined
  const properties = text?.format?.schema?.properties
  return properties !== undefined && Object.keys(properties).join() === 'title'
}

/** Returns the first line of the prompt, at most 36 UTF-16 units, not cut within a surrogate pair. */
function titleOf(body: JsonObject): string {
  const prompt = lastPrompt(body)
  const start = prompt.lastIndexOf('User prompt:')
  const text = start === -1 ? prompt : prompt.slice(start + 'User prompt:'.length)
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.slice(0, 36).replace(/[\uD800-\uDBFF]$/, '') || 'echo'
}

/** Streams a message as the real server does: created, the text in pieces, the finished item, completed. */
function* streamMessage(responseId: string, text: string): Generator<string> {
  const [created, ...rest] = splitEvents(
    itemEvents(responseId, { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }),
  )
  yield created ?? ''
  yield formatEvent({
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'message', role: 'assistant', content: [] },
  })
  for (const [delta] of text.matchAll(PIECE)) {
    yield formatEvent({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta })
  }
  yield* rest
}

/** Pieces of whole code points, so that no surrogate pair is split. */
const PIECE = /.{1,256}/gsu

function splitEvents(stream: string): string[] {
  return stream.split(/(?<=\n\n)/)
}

function events(parts: string[]): UpstreamResponse {
  return respond(200, [['content-type', 'text/event-stream']], Readable.from(parts.map((part) => Buffer.from(part))))
}

function json(status: number, value: unknown): UpstreamResponse {
  return respond(status, [['content-type', 'application/json']], Readable.from([Buffer.from(JSON.stringify(value))]))
}

function respond(status: number, headers: HeaderList, body: Readable): UpstreamResponse {
  return { status, statusText: '', headers, body }
}
