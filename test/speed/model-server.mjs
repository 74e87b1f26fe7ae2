// A model over TLS, WebSocket and POST, in a process of its own: so many tool calls, then a text. Prints its port.
// model-server.mjs KEY CERT STEPS: a request whose path begins with /nows refuses the upgrade.
import { readFileSync } from 'node:fs'
import https from 'node:https'
import zlib from 'node:zlib'
import { WebSocketServer } from 'ws'
import { decodeZstdPortably } from '../../dist/request/portable-zstd.js'

const [, , key, cert, steps] = process.argv
const STEPS = Number(steps)
const USAGE = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
let count = 0

/** The outputs of tools are 2 to 20 KB, 184 KB in all for 20 steps, and the same in every run. */
const sizeOf = (step) => 2000 + ((step * 7919) % 16) * 970

/** The step a request is at: its calls in the whole history. */
function* answer(calls) {
  count += 1
  const id = `resp_${count}`
  yield { type: 'response.created', response: { id } }
  if (calls < STEPS) {
    const input = `text(Array.from({length: ${Math.round(sizeOf(calls) / 16)}}, (_, i) => 'line ' + (i * 7919 % 100003) + ' of it').join('\\n'))`
    const item = { type: 'custom_tool_call', id: `ctc_${count}`, call_id: `call_${count}`, name: 'exec', input }
    yield { type: 'response.output_item.done', output_index: 0, item }
  } else {
    const item = {
      type: 'message',
      id: `msg_${count}`,
      role: 'assistant',
      content: [{ type: 'output_text', text: 'done' }],
    }
    yield { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } }
    yield { type: 'response.output_text.delta', item_id: item.id, output_index: 0, content_index: 0, delta: 'done' }
    yield { type: 'response.output_item.done', output_index: 0, item }
  }
  yield { type: 'response.completed', response: { id, usage: USAGE } }
}

const callsIn = (input) => input.filter(({ type }) => type === 'custom_tool_call_output').length

const server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  if (request.method !== 'POST')
    return response.writeHead(200, { 'content-type': 'application/json' }).end('{"models":[]}')
  const raw = Buffer.concat(parts)
  const zstd = request.headers['content-encoding'] === 'zstd'
  const text = !zstd ? raw : zlib.zstdDecompressSync ? zlib.zstdDecompressSync(raw) : decodeZstdPortably(raw, 1e9)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of answer(callsIn(JSON.parse(text.toString()).input))) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  }
  response.end()
})
server.keepAliveTimeout = 60_000
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 28 })
server.on('tlsClientError', () => {})
server.on('clientError', (_error, socket) => socket.destroy())
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {})
  if (request.url.startsWith('/nows')) return socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n')
  sockets.handleUpgrade(request, socket, head, (client) => {
    let calls = 0
    client.on('error', () => {})
    client.on('message', (message) => {
      const { type, generate, input, previous_response_id: previous } = JSON.parse(message.toString())
      if (type !== 'response.create') return
      if (generate === false) {
        count += 1
        client.send(JSON.stringify({ type: 'response.created', response: { id: `resp_${count}` } }))
        client.send(JSON.stringify({ type: 'response.completed', response: { id: `resp_${count}`, usage: USAGE } }))
        return
      }
      calls = (previous === undefined ? 0 : calls) + callsIn(input)
      for (const event of answer(calls)) client.send(JSON.stringify(event))
    })
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.on('end', () => process.exit(0)).resume()
