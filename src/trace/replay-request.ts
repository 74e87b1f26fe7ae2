import type { HeaderList } from '../request/header-list.js'
import { headerValue } from '../request/header-list.js'
import { RequestBody } from '../request/request-body.js'
import { encodingOf, isResponsesStream } from '../request/response-headers.js'
import { parse } from '../session/response-entries.js'
import { watchStream } from '../stream/truncation.js'
import type { UpstreamResponse } from '../upstream/upstream.js'
import type { KeptRequest } from './kept-request.js'

/** The credential a replay goes out with; null for an upstream that needs none. */
export interface ReplayLogin {
  /** The variable it was in. */
  readonly from: string
  readonly headers: HeaderList
  /** Whether it is a ChatGPT login's, whose requests name their account. */
  readonly account: boolean
}

/** Finds the credential in the environment: the kind the request was sent with comes first. */
export function replayLogin(kept: KeptRequest, env: NodeJS.ProcessEnv): ReplayLogin | null {
  const token = ['CODEX_ACCESS_TOKEN']
  const keys = ['CODEX_API_KEY', 'OPENAI_API_KEY']
  const names = headerValue(kept.headers, 'chatgpt-account-id') === null ? [...keys, ...token] : [...token, ...keys]
  const from = names.find((name) => env[name])
  if (from === undefined) return null
  return { from, headers: [['authorization', `Bearer ${env[from] ?? ''}`]], account: token.includes(from) }
}

/** The request as it goes out again: its body in the clear, its login from the environment. */
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

/** What is told of an answer while it comes. */
export interface ReplayEvents {
  bytes?(part: Buffer): void
  event?(type: string, data: string): void
  /** A piece of the answer's text. */
  text?(piece: string): void
}

/** Reads an answer to its end; true where it is whole: a finished stream, or a body that did not break off. */
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
      // A message whose text did not come in pieces.
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
