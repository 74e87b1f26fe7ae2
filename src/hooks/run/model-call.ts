import type { CodexModel } from '../../codex/model-list.js'
import { CodexPlusError } from '../../errors.js'
import { readTurn } from '../../prompt/turn.js'
import type { Observer, ProxyRequest } from '../../proxy/exchange.js'
import type { PipelineParts } from '../../proxy/pipeline.js'
import type { HeaderList } from '../../request/header-list.js'
import { RequestBody } from '../../request/request-body.js'
import { encodingOf } from '../../request/response-headers.js'
import { watchStream } from '../../stream/truncation.js'
import type { UpstreamResponse } from '../../upstream/upstream.js'
import type { ModelCall } from './prompt-hook.js'

export interface ModelCallOptions {
  /** Returns the upstream; undefined until the proxy is open. */
  upstream(): Pick<PipelineParts, 'address' | 'send'> | undefined
  models(): Promise<readonly CodexModel[]>
}

/** Headers that belong to codex's own request and are not copied to a model call of codex-plus. */
const REQUEST_HEADERS =
  /^(content-encoding|content-length|x-codex-turn-metadata|x-codex-turn-state|x-codex-window-id|x-codex-parent-thread-id|x-openai-subagent|x-client-request-id)$/i
/** Names of the small models of a family. */
const SMALL = /(?:luna|mini|nano)$/
/** Size limit of an answer, in bytes. */
const LIMIT = 1024 * 1024

/**
 * Creates the function that hooks use to ask a model: it sends one question to the same server with the same login, using
 * the headers of the last request of codex. The observer must see the requests of the run.
 */
export function createModelCall(options: ModelCallOptions): { modelCall: ModelCall; observer: Observer } {
  let last: HeaderList | null = null
  return {
    observer: {
      sent({ method, path, headers }) {
        if (method === 'POST' && /^\/responses(\?|$)/.test(path) && readTurn(headers)?.ofUser) last = headers
      },
    },
    async modelCall(prompt, wanted, signal) {
      const upstream = options.upstream()
      if (last === null || upstream === undefined) {
        throw new CodexPlusError(
          'CP_UPSTREAM_REQUEST',
          'codex has not sent a model request yet, so its login is unknown',
        )
      }
      const current = readTurn(last)?.model ?? null
      const chosen = chooseSmall(wanted, current, await options.models())
      if (chosen === null)
        throw new CodexPlusError('CP_UPSTREAM_REQUEST', 'the model of the session is unknown; set `model` in the hook')
      const headers = last
      const ask = async (model: string): Promise<UpstreamResponse> =>
        await upstream.send(await upstream.address(questionOf(prompt, model, headers, signal)))
      let response = await ask(chosen)
      // Not every plan includes every model.
      if (response.status >= 400 && response.status < 500 && current !== null && chosen !== current) {
        response.body.destroy()
        response = await ask(current)
      }
      return await readAnswer(response)
    },
  }
}

/** Chooses the model to ask: the wanted one if codex knows it, otherwise a small one of the session model's family, otherwise the session model. */
export function chooseSmall(
  wanted: string | null,
  current: string | null,
  known: readonly CodexModel[],
): string | null {
  if (wanted !== null && known.some(({ slug }) => slug === wanted)) return wanted
  const shape = known.find(({ slug }) => slug === current)?.shape
  return known.find((model) => model.shape === shape && SMALL.test(model.slug))?.slug ?? current
}

function questionOf(prompt: string, model: string, headers: HeaderList, signal: AbortSignal): ProxyRequest {
  const body = {
    model,
    stream: true,
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: prompt }] }],
    tool_choice: 'auto',
    parallel_tool_calls: false,
    reasoning: { effort: 'low' },
    store: false,
    include: [],
    text: { verbosity: 'low' },
  }
  const kept = headers
    .filter(([name]) => !REQUEST_HEADERS.test(name))
    .map(([name, value]): [string, string] => [name, routed(name, value, model)])
  const text = new RequestBody(Buffer.from(JSON.stringify(body)), null)
  return { method: 'POST', path: '/responses', headers: kept, body: text, signal }
}

function routed(name: string, value: string, model: string): string {
  return name.toLowerCase() === 'x-codex-routing-hint' ? value.replace(/model=[^;,\s]*/, `model=${model}`) : value
}

async function readAnswer(response: UpstreamResponse): Promise<string> {
  if (response.status !== 200) {
    response.body.destroy()
    throw new CodexPlusError('CP_UPSTREAM_RESPONSE', `the model server answered with HTTP status ${response.status}`)
  }
  const texts: string[] = []
  let decoded = 0
  const watch = watchStream(encodingOf(response.headers), ({ type, data }) => {
    decoded += data.length
    if (decoded <= LIMIT && type === 'response.output_item.done') texts.push(...textsOf(data))
  })
  const requireShort = (bytes: number): void => {
    if (bytes > LIMIT)
      throw new CodexPlusError('CP_UPSTREAM_RESPONSE', `the answer of the model is longer than ${LIMIT} bytes`)
  }
  let length = 0
  for await (const part of response.body as AsyncIterable<Buffer>) {
    length += part.length
    watch?.push(part)
    requireShort(Math.max(length, decoded))
  }
  await watch?.end()
  requireShort(decoded)
  if (watch?.finished !== true) throw new CodexPlusError('CP_UPSTREAM_TRUNCATED', 'the answer of the model was cut off')
  return texts.join('')
}

function textsOf(data: string): string[] {
  const { item } = JSON.parse(data) as { item?: { type?: string; content?: Array<{ type?: string; text?: unknown }> } }
  if (item?.type !== 'message') return []
  return (item.content ?? []).flatMap(({ type, text }) =>
    type === 'output_text' && typeof text === 'string' ? [text] : [],
  )
}
