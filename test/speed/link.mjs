// A network link on loopback: a TCP relay with a round trip time, a bandwidth each way and a queue in front of it.
import { connect, createServer } from 'node:net'

/**
 * Starts a relay to `port`. `rtt` in ms; `up` and `down` in bits a second; a full queue (bytes) holds the sender back, as a
 * router's does. A connection takes a round trip before its first byte is on the way, as TCP's own handshake does.
 */
export async function startLink({ port, rtt = 40, up = 10e6, down = 50e6, queue = 128 * 1024 }) {
  const counts = { up: 0, down: 0, connections: 0 }
  const sockets = new Set()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    counts.connections += 1
    const opened = performance.now() + rtt
    const far = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    for (const socket of [client, far]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => client.destroy()).on('close', () => client.destroy())
    lane(client, far, { rate: up, delay: rtt / 2, queue, opened, count: (bytes) => (counts.up += bytes) })
    lane(far, client, { rate: down, delay: rtt / 2, queue, opened, count: (bytes) => (counts.down += bytes) })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: server.address().port,
    counts,
    reset: () => Object.assign(counts, { up: 0, down: 0, connections: 0 }),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** One direction: what comes leaves at the rate of the lane, and arrives after its delay. */
function lane(from, to, { rate, delay, queue, opened, count }) {
  const packets = []
  let free = 0
  let queued = 0
  let timer
  const release = () => {
    timer = undefined
    const now = performance.now()
    while (packets.length > 0 && packets[0].at <= now + 0.2) {
      const { data } = packets.shift()
      if (data === null) to.end()
      else {
        queued -= data.length
        if (!to.destroyed) to.write(data)
      }
    }
    if (queued < queue / 2 && from.isPaused()) from.resume()
    if (packets.length > 0) timer = setTimeout(release, Math.max(0, packets[0].at - performance.now()))
  }
  const send = (data) => {
    const now = Math.max(performance.now(), opened)
    free = Math.max(free, now) + (data === null ? 0 : (data.length * 8000) / rate)
    packets.push({ at: free + delay, data })
    if (timer === undefined) timer = setTimeout(release, Math.max(0, packets[0].at - performance.now()))
  }
  from.on('data', (data) => {
    count(data.length)
    queued += data.length
    // Packets of the size of a network's, so that the first of many arrives first.
    for (let at = 0; at < data.length; at += 1448) send(data.subarray(at, at + 1448))
    if (queued > queue) from.pause()
  })
  from.on('end', () => send(null))
}
