import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { says, sse } from '../fixtures/upstream/scripted.js'
import { CODEX_PLUS } from './lab.js'
import { processesOf } from './processes.js'
import { useScene } from './scene.js'

/** open(2), in octal as /proc/PID/fdinfo shows it. */
const O_NONBLOCK = 0o4000

/** Each pipe is one of its own, as in a shell's pipeline; Node's own would be sockets. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell
const PIPES = 'cat "$1" | "${@:2}" 2> >(cat >&2) | cat; exit "${PIPESTATUS[1]}"'

const scene = useScene()

/** The kind of file and the O_NONBLOCK flag of stdin, stdout and stderr of the codex that runs in the lab. */
function descriptorsOfCodex(): Array<{ kind: string; nonBlocking: boolean }> {
  const codex = processesOf(scene.lab).find(({ pid }) => /\/codex$/.test(readlinkSync(`/proc/${pid}/exe`)))
  return [0, 1, 2].map((fd) => {
    const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/${codex?.pid}/fdinfo/${fd}`, 'utf8')) ?? []
    const kind = readlinkSync(`/proc/${codex?.pid}/fd/${fd}`).replace(/:.*/, '')
    return { kind, nonBlocking: (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0 }
  })
}

async function inPipes(prompt: string, args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { project, env } = scene.lab
  scene.lab.write('prompt.txt', prompt)
  const words = ['-c', PIPES, 'bash', 'prompt.txt', process.execPath, CODEX_PLUS, ...args]
  const child = spawn('bash', words, { cwd: project, env })
  let [out, err] = ['', '']
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

describe.runIf(process.platform === 'linux')('the descriptors that codex shares with codex-plus', () => {
  it.each<[name: string, args: string[]]>([
    ['exec', ['exec', '-']],
    ['exec --json', ['exec', '--json', '-']],
    ['exec in a pass-through', ['--plus-safe', 'exec', '-']],
    ['review', ['review', '-']],
  ])('%s: a pipe stays blocking after the first request', async (_name, args) => {
    const seen: ReturnType<typeof descriptorsOfCodex> = []
    scene.script = () => (response: ServerResponse) => {
      seen.push(...descriptorsOfCodex())
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse('resp_1', [says('the answer')]))
    }
    const { code, err } = await inPipes('hello', args)
    expect({ code, err }).toMatchObject({ code: 0 })
    const blocking = { kind: 'pipe', nonBlocking: false }
    expect(seen.slice(0, 3)).toEqual([blocking, blocking, blocking])
  })

  it('a slow reader gets all of a long answer', async () => {
    const answer = 'a'.repeat(400_000)
    scene.script = () => [says(answer)]
    const { code, out } = await inPipes('hello', ['exec', '-'])
    expect(code).toBe(0)
    expect(out).toBe(`${answer}\n`)
  })
})
