import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { findUserTexts } from '../prompt/user-text.js'
import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'
import { type JsonObject, RequestBody } from '../request/request-body.js'
import { formatEvent, itemEvents } from '../stream/write-events.js'
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.js'

/** What the echo upstream answers with: the user's message as it would have been sent, or the whole body. */
export type EchoContent = 'text' | 'full'

/** Makes the embedded upstream that needs no login and no network: it answers with what would have been sent. */
export function createEchoUpstream(content: EchoContent): Upstream {
  return {
    name: 'echo',
    send: async (request) => await answer(request, content),
    close: async () => {},
  }
}

async function answer(request: UpstreamRequest, content: EchoContent): Promise<UpstreamResponse> {
  const path = request.url.pathname
  // An empty list leaves codex with the models it knows itself.
  if (request.method === 'GET' && path.endsWith('/models')) return json(200, { models: [] })
  if (request.method !== 'POST')
    return json(404, { error: { message: `echo: no answer for ${request.method} ${path}` } })
  if (path.endsWith('/responses')) return await answerTurn(request, content)
  if (path.endsWith('/alpha/search')) return json(200, { results: [], output: 'echo: no search here' })
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

/** The newest message of the user, each part as it stands: texts verbatim, images by their kind and size. */
function lastPrompt(body: JsonObject): string {
  const last = findUserTexts(body).at(-1)
  if (!last) return 'echo: the request holds no message of the user'
  const message = (body.input as JsonObject[])[last.item]
  const content = (message?.content ?? []) as Array<JsonObject | null>
  const parts = content.map((part) => {
    if (typeof part?.text === 'string') return part.text
    const url = typeof part?.image_url === 'string' ? part.image_url : ''
    return `[${String(part?.type)}: ${url.slice(0, url.indexOf(',') + 1) || url}… ${url.length} characters]`
  })
  return parts.join('\n\n')
}

/** codex's own request for a thread title wants an object that fits its schema (section 3, thread title). */
function asksForTitle(body: JsonObject): boolean {
  const text = body.text as { format?: { schema?: { properties?: JsonObject } } } | undefined
  const properties = text?.format?.schema?.properties
  return properties !== undefined && Object.keys(properties).join() === 'title'
}

/** The first line of the prompt, in at most 36 UTF-16 units and without half a character at the cut. */
function titleOf(body: JsonObject): string {
  const prompt = lastPrompt(body)
  const start = prompt.lastIndexOf('User prompt:')
  const text = start === -1 ? prompt : prompt.slice(start + 'User prompt:'.length)
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.slice(0, 36).replace(/[\uD800-\uDBFF]$/, '') || 'echo'
}

/** A message streamed as the real server does: created, the text in pieces, the finished item, completed. */
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

/** Whole code points, so that no surrogate pair is cut in two. */
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
