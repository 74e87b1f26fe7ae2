import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The streamable HTTP server of the recording: it answers each POST with JSON, and has no stream. */
export interface RemoteServer {
  readonly port: number
  /** The headers of every request. */
  readonly headers: Array<NodeJS.Dict<string | string[]>>
  close(): Promise<void>
}

/** Starts it. */
export async function startRemote(): Promise<RemoteServer> {
  const headers: RemoteServer['headers'] = []
  const server = createServer(async (incoming, outgoing) => {
    headers.push(incoming.headers)
    let body = ''
    for await (const part of incoming) body += String(part)
    if (incoming.method !== 'POST') return void outgoing.writeHead(405).end()
    const { id, method, params } = JSON.parse(body) as {
      id?: number
      method: string
      params?: { protocolVersion?: string; arguments?: { text?: string } }
    }
    if (id === undefined) return void outgoing.writeHead(202).end()
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'h', version: '1' },
      },
      'tools/list': { tools: [{ name: 'hecho', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: `hecho:${params?.arguments?.text}` }] },
    }
    outgoing
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? {} }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
