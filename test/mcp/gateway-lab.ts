import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { ClientCapabilities, Notification } from '@modelcontextprotocol/sdk/types.js'
import { silentLog } from '../../src/log/log.js'
import { createGateway } from '../../src/mcp/gateway.js'
import type { Pool } from '../../src/mcp/server-pool.js'

/** A gateway on a port of its own, without the guard that stands before it in a run. */
export interface GatewayLab {
  readonly url: (server: string) => URL
  /** Connects as codex does, with other abilities where they are given. */
  connect(server: string, capabilities?: ClientCapabilities): Promise<Connected>
  close(): Promise<void>
}
export interface Connected {
  readonly client: Client
  readonly notifications: Notification[]
}

/** Starts it. */
export async function startGateway(pool: Pool): Promise<GatewayLab> {
  const route = createGateway(pool, silentLog)
  const server = createServer((incoming, outgoing) => {
    void route({ incoming, outgoing, path: incoming.url ?? '', signal: new AbortController().signal })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = (name: string): URL => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp/${name}`)
  const clients: Client[] = []
  return {
    url,
    async connect(name, capabilities = { elicitation: { form: {}, url: {} } }) {
      const client = new Client({ name: 'codex-mcp-client', version: '0.169.0' }, { capabilities })
      const notifications: Notification[] = []
      client.fallbackNotificationHandler = async (notification) => void notifications.push(notification)
      await client.connect(new StreamableHTTPClientTransport(url(name)) as Transport)
      clients.push(client)
      return { client, notifications }
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
