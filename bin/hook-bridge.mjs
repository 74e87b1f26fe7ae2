// Hands the payload of a codex hook to codex-plus, where there is neither bash nor curl: `hook-bridge.mjs EVENT open|closed`.
import { request } from 'node:http'

const [, , event, mode] = process.argv

function fail(why) {
  if (mode === 'closed') {
    process.stderr.write(
      `codex-plus could not be asked for the hooks of ${event} (${why}), and hooks.onError is closed.\n`,
    )
    process.exit(2)
  }
  const systemMessage = `codex-plus could not be asked for the hooks of ${event} (${why}); it goes on without them.`
  process.stdout.write(`${JSON.stringify({ systemMessage })}\n`)
  process.exit(0)
}

try {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const asking = request(`${process.env.CODEX_PLUS_BRIDGE}/${event}`, { method: 'POST', headers }, async (response) => {
    try {
      const parts = []
      for await (const part of response) parts.push(part)
      const text = Buffer.concat(parts).toString()
      if (response.statusCode === 200) process.stdout.write(`${text}\n`)
      else if (response.statusCode === 409) {
        process.stderr.write(`${text}\n`)
        process.exitCode = 2
      } else if (response.statusCode !== 204) fail(`it answered ${response.statusCode}`)
    } catch {
      fail('its answer broke off')
    }
  })
  asking.on('error', () => fail('it does not listen'))
  process.stdin.pipe(asking)
} catch {
  fail('it does not listen')
}
