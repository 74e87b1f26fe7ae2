// A loopback upstream of its own process: answers every POST with a Responses stream, over TLS or in the clear.
// Prints its port. Events carry the time they were written (hrtime, one clock for all processes of a machine).
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'

const [, , key, cert] = process.argv
const handler = async (request, response) => {
  for await (const _ of request);
  const events = Number(new URL(request.url, 'http://x').searchParams.get('events') ?? 0)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('event: response.created\ndata: {"type":"response.created","response":{"id":"r"}}\n\n')
  for (let index = 0; index < events; index += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    response.write(`data: {"type":"response.output_text.delta","at":"${process.hrtime.bigint()}","delta":"word "}\n\n`)
  }
  const item = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'word '.repeat(events) }] }
  if (events > 0) response.write(`data: ${JSON.stringify({ type: 'response.output_item.done', item })}\n\n`)
  response.end('event: response.completed\ndata: {"type":"response.completed","response":{"id":"r"}}\n\n')
}
const server = key
  ? https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, handler)
  : http.createServer(handler)
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.on('end', () => process.exit(0)).resume()
