// A loopback server of its own process that answers WebSocket requests as a model: events with the time they were written.
// Prints its port. socket-upstream.mjs [EVENTS]: so many text events in each response, 5 ms apart.
import http from 'node:http'
import { WebSocketServer } from 'ws'

const server = http.createServer((_request, response) => response.writeHead(404).end())
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1 << 28 })
let count = 0
sockets.on('connection', (socket) =>
  socket.on('message', async (message) => {
    count += 1
    const id = `resp_${count}`
    const events = Number(
      /"events":(\d+)/.exec(message.toString('latin1', Math.max(0, message.length - 200)))?.[1] ?? 0,
    )
    socket.send(`{"type":"response.created","response":{"id":"${id}"}}`)
    for (let index = 0; index < events; index += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      socket.send(`{"type":"response.output_text.delta","at":"${process.hrtime.bigint()}","delta":"word "}`)
    }
    const item = {
      type: 'message',
      role: 'assistant',
      id: `m_${count}`,
      content: [{ type: 'output_text', text: 'done' }],
    }
    socket.send(JSON.stringify({ type: 'response.output_item.done', output_index: 0, item }))
    socket.send(`{"type":"response.completed","response":{"id":"${id}"}}`)
  }),
)
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.on('end', () => process.exit(0)).resume()
