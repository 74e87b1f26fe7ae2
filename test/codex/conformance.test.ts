import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { scaled } from '../time.js'

it.each([
  ['the gateway as a server', 'server', /Total: \d+ passed, 0 failed/],
  ['our client', 'client', /Our client: exit code 0/],
])(
  'the conformance suite of the MCP project has nothing new against %s',
  { timeout: scaled(180000) },
  async (_, half, words) => {
    const program = fileURLToPath(new URL('../conformance/run.mjs', import.meta.url))
    const child = spawn(process.execPath, [program, half])
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()))
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(output).toMatch(words)
    expect(code).toBe(0)
  },
)
