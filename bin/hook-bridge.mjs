// Sends the payload of a codex hook to codex-plus and prints the answer, if there is neither bash nor curl:
// `hook-bridge.mjs EVENT open|closed|rules`.
import { request } from 'node:http'

const [, , event, mode] = process.argv

function fail(why) {
  if (mode === 'rules') {
    process.stderr.write(
      `The permission rules of .claude could not be checked, so this call is denied: codex-plus ${why}. Restart codex-plus.\n`,
    )
    process.exit(2)
  }
  if (mode === 'closed') {
    process.stderr.write(
      `The hooks of ${event} did not run and hooks.onError is closed, so it is denied: codex-plus ${why}. Restart codex-plus.\n`,
    )
    process.exit(2)
  }
  const systemMessage = `The hooks of ${event} did not run, and codex continues without them: codex-plus ${why}. Restart codex-plus.`
  process.stdout.write(`${JSON.stringify({ systemMessage })}\n`)
  process.exit(0)
}

try {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const outgoing = request(
    `${process.env.CODEX_PLUS_BRIDGE}/${event}`,
    { method: 'POST', headers },
    async (response) => {
      try {
        const parts = []
        for await (const part of response) parts.push(part)
        const text = Buffer.concat(parts).toString()
        if (response.statusCode === 200) process.stdout.write(`${text}\n`)
        else if (response.statusCode === 409) {
          process.stderr.write(`${text}\n`)
          process.exitCode = 2
        } else if (response.statusCode !== 204) fail(`answered with status ${response.statusCode}`)
      } catch {
        fail('sent an incomplete answer')
      }
    },
  )
  outgoing.on('error', () => fail('does not listen'))
  process.stdin.pipe(outgoing)
} catch {
  fail('does not listen')
}
