import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CA_FILE, type ReceivedRequest, startTlsUpstream, type TlsUpstream } from '../fixtures/tls/upstream.js'
import { says, sse } from '../fixtures/upstream/scripted.js'
import { type Lab, makeLab } from './lab.js'

/** What a server does to a model request. */
export type Fault = (request: ReceivedRequest) => void | Promise<void>

/** A lab whose model server is a TLS server on loopback: `fault` answers the first model request, the rest are served. */
export interface TlsLab {
  readonly lab: Lab
  readonly upstream: TlsUpstream
  readonly turns: readonly ReceivedRequest[]
  readonly env: NodeJS.ProcessEnv
  flags(transport: string): string[]
  remove(): Promise<void>
}

/** Starts a lab with its server. */
export async function startTlsLab(fault: Fault): Promise<TlsLab> {
  const turns: ReceivedRequest[] = []
  const lab = makeLab('apikey')
  const ca = join(lab.root, 'ca.pem')
  // Inside the lab, so that the helper's environment names it too.
  copyFileSync(CA_FILE, ca)
  const upstream = await startTlsUpstream(async (request) => {
    if (!/^POST \S*\/responses[ ?]/.test(request.head)) {
      respond(request, 200, 'application/json', '{"models":[]}')
      return
    }
    turns.push(request)
    if (turns.length === 1) await fault(request)
    else respond(request, 200, 'text/event-stream', sse('resp_2', [says('the second answer')]))
  })
  return {
    lab,
    upstream,
    turns,
    env: { CODEX_CA_CERTIFICATE: ca, RUST_LOG: 'off' },
    flags: (transport) => ['--plus-transport', transport, '--plus-upstream', `https://localhost:${upstream.port}/v1`],
    async remove() {
      await upstream.close()
      lab.remove()
    },
  }
}

/** One chunk of a chunked body. */
export function chunk(text: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${text.length.toString(16)}\r\n`), Buffer.from(text), Buffer.from('\r\n')])
}

/** A finished stream, and its beginning, cut in the middle of an event. */
export const WHOLE = sse('resp_1', [says('the first answer')])
export const MIDDLE = WHOLE.slice(0, 150)
/** The head of a chunked stream, and its last chunk. */
export const OPEN = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
export const END = '0\r\n\r\n'

/** Answers whole, with a declared length. */
export function respond(
  { socket }: ReceivedRequest,
  status: number,
  type: string,
  body: string | Buffer,
  more = '',
): void {
  socket.write(
    `HTTP/1.1 ${status} X\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n${more}\r\n`,
  )
  socket.end(body)
}

/** Writes the beginning of a stream, and gives it the time to arrive. */
export async function begin({ socket }: ReceivedRequest, text: string): Promise<void> {
  socket.write(OPEN)
  socket.write(chunk(text))
  await sleep(80)
}
