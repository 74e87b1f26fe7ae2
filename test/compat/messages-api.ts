import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Reply } from '../hooks/oracle/drive.js'

/** A request to the model, as far as a case looks at it. */
export interface ModelRequest {
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: unknown }>
  readonly tools?: readonly unknown[]
  readonly stream?: boolean
}

/** A stand-in for the model's API on loopback: it answers with the replies of a case, in their order. */
export interface MessagesApi {
  readonly port: number
  /** The requests of the main conversation and of agents; side calls have no tools and are left out. */
  readonly requests: readonly ModelRequest[]
  close(): Promise<void>
}

/** What an http hook of a case is answered. */
export type HookAnswers = Readonly<Record<string, { body?: unknown; contentType?: string; status?: number }>>

/** Starts the API, and at `/hook/NAME` the server of http hooks. A side call (a title, a prompt hook) gets `sideReply`; once the replies are used up, all get `MOCK-DONE`. */
export async function startMessagesApi(
  replies: readonly Reply[],
  sideReply = '{"ok": true}',
  hooks: HookAnswers = {},
): Promise<MessagesApi> {
  const left = [...replies]
  const requests: ModelRequest[] = []
  const server = createServer(async (incoming, outgoing) => {
    const body = await readBody(incoming)
    const hook = hooks[/^\/hook\/(.+)$/.exec(incoming.url ?? '')?.[1] ?? '']
    if (hook !== undefined) {
      const { status = 200, contentType = 'application/json', body: answer = '' } = hook
      outgoing.writeHead(status, { 'content-type': contentType })
      return outgoing.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    }
    if (incoming.url?.includes('/count_tokens'))
      return answerJson(outgoing, { input_tokens: Math.ceil(body.length / 4) })
    if (incoming.method !== 'POST' || !incoming.url?.startsWith('/v1/messages')) return answerJson(outgoing, {})
    const request = JSON.parse(body) as ModelRequest
    const isSide = (request.tools?.length ?? 0) === 0
    if (!isSide) requests.push(request)
    const reply = isSide ? { text: sideReply } : (left.shift() ?? { text: 'MOCK-DONE' })
    const message = messageOf(reply, requests.length)
    if (request.stream === true) answerStream(outgoing, message)
    else answerJson(outgoing, message)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Block = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: unknown }

interface Message {
  readonly id: string
  readonly content: readonly Block[]
  readonly stop_reason: string
}

function messageOf({ text, tools = [] }: Reply, number: number): Message {
  const content: Block[] = [
    ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
    ...tools.map(({ name, input }, at) => ({
      type: 'tool_use' as const,
      id: `toolu_mock_${number}_${text === undefined ? at : at + 1}`,
      name,
      input,
    })),
  ]
  return {
    id: `msg_mock_${number}`,
    content,
    stop_reason: tools.length > 0 ? 'tool_use' : 'end_turn',
    ...{ type: 'message', role: 'assistant', model: 'claude-mock', stop_sequence: null, usage: USAGE },
  }
}

const USAGE = { input_tokens: 1, output_tokens: 1 }

/** The events of a streamed message (https://platform.claude.com/docs/en/build-with-claude/streaming). */
function answerStream(outgoing: ServerResponse, message: Message): void {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (type: string, fields: object): void => {
    outgoing.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`)
  }
  send('message_start', { message: { ...message, content: [], stop_reason: null } })
  for (const [index, block] of message.content.entries()) {
    const isText = block.type === 'text'
    send('content_block_start', { index, content_block: isText ? { ...block, text: '' } : { ...block, input: {} } })
    const delta = isText
      ? { type: 'text_delta', text: block.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }
    send('content_block_delta', { index, delta })
    send('content_block_stop', { index })
  }
  send('message_delta', { delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage: USAGE })
  send('message_stop', {})
  outgoing.end()
}

function answerJson(outgoing: ServerResponse, value: object): void {
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
