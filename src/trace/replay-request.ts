import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'
import { RequestBody } from '../request/request-body.js'
import { encodingOf, isResponsesStream } from '../request/response-headers.js'
import { parse } from '../session/response-entries.js'
import { watchStream } from '../stream/truncation.js'
import type { UpstreamResponse } from '../upstream/upstream.js'
import type { KeptRequest } from './kept-request.js'

/** The credential of a replay. */
export interface ReplayLogin {
  /** The environment variable it was read from. */
  readonly from: string
  readonly headers: HeaderList
  /** Whether it belongs to a ChatGPT login, whose requests name their account. */
  readonly account: boolean
}

/** Finds a credential in the environment, first of the kind the request was sent with; null when there is none. */
export function replayLogin(kept: KeptRequest, env: NodeJS.ProcessEnv): ReplayLogin | null {
  const token = ['CODEX_ACCESS_TOKEN']
  const keys = ['CODEX_API_KEY', 'OPENAI_API_KEY']
  const names = headerValue(kept.headers, 'chatgpt-account-id') === null ? [...keys, ...token] : [...token, ...keys]
  const from = names.find((name) => env[name])
  if (from === undefined) return null
  return { from, headers: [['authorization', `Bearer ${env[from] ?? ''}`]], account: token.includes(from) }
}

/** Returns the request to send again: its body not compressed, its credential from the environment. */
export function replayRequest(
  kept: KeptRequest,
  login: ReplayLogin | null,
): { method: string; path: string; headers: HeaderList; body: RequestBody } {
  const headers = kept.headers.filter(([name]) => login?.account || name.toLowerCase() !== 'chatgpt-account-id')
  return {
    method: kept.method,
    path: kept.path,
    headers: [...headers, ...(login?.headers ?? [])],
    body: new RequestBody(Buffer.from(JSON.stringify(kept.body)), null),
  }
}

/** Callbacks for a response while it arrives. */
export interface ReplayEvents {
  bytes?(part: Buffer): void
  event?(type: string, data: string): void
  /** A piece of the response's text. */
  text?(piece: string): void
}

/** Reads a response to its end; `finished` is false for an event stream without `response.completed`. */
export async function readAnswer(
  path: string,
  response: UpstreamResponse,
  on: ReplayEvents,
): Promise<{ finished: boolean }> {
  const request = { method: 'POST', path }
  let pieces = 0
  let completed = false
  const onEvent = ({ type, data }: { type: string; data: string }): void => {
    on.event?.(type, data)
    if (type === 'response.completed') completed = true
    const value = parse(data)
    if (type === 'response.output_text.delta' && typeof value?.delta === 'string') {
      pieces += 1
      on.text?.(value.delta)
    } else if (type === 'response.output_item.done') {
      // A message whose text was not sent as deltas.
      if (pieces === 0) on.text?.(messageText(value?.item))
      pieces = 0
    }
  }
  const watch = isResponsesStream(request, response) ? watchStream(encodingOf(response.headers), onEvent) : null
  for await (const part of response.body as AsyncIterable<Buffer>) {
    on.bytes?.(part)
    watch?.push(part)
  }
  await watch?.end()
  return { finished: watch === null || completed }
}

function messageText(item: unknown): string {
  const content = (item as { type?: unknown; content?: unknown } | null)?.content
  if ((item as { type?: unknown } | null)?.type !== 'message' || !Array.isArray(content)) return ''
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('')
}
