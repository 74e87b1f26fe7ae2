import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { HeaderList } from '../request/header-list.js'

/** A response to a request that asked for another protocol. */
export interface UpgradeAnswer {
  readonly status: number
  readonly headers: HeaderList
  readonly body: Buffer
}

/** Answers over the connection itself: Node has no response object for a request to upgrade. */
export function answerUpgrade(socket: Duplex, { status, headers, body }: UpgradeAnswer): void {
  if (socket.destroyed) return
  const kept = headers.filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name))
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...kept.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.length}`,
    'connection: close',
  ]
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]))
}

/** Refuses a request to upgrade with a text. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  answerUpgrade(socket, { status, headers: [['content-type', 'text/plain; charset=utf-8']], body: Buffer.from(text) })
}
