import type { Socket } from 'node:net'

const HEAD_LIMIT = 16_384

/** Reads up to the first empty line; the bytes after it stay in the paused socket. Rejects with an Error. */
export function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const settle = (error: Error | null, end = 0): void => {
      socket.off('readable', read).off('error', settle).off('close', closed)
      if (error !== null) {
        reject(error)
        return
      }
      if (bytes.length > end) socket.unshift(bytes.subarray(end))
      resolve(bytes.toString('latin1', 0, end))
    }
    const closed = (): void => settle(new Error('the connection was closed'))
    const read = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        bytes = Buffer.concat([bytes, chunk])
      }
      const end = bytes.indexOf('\r\n\r\n')
      if (end !== -1) settle(null, end + 4)
      else if (bytes.length > HEAD_LIMIT) settle(new Error('the header is too long'))
    }
    socket.on('readable', read).on('error', settle).on('close', closed)
    read()
  })
}
