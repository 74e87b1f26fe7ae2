import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS } from '../codex/lab.js'
import { useScene } from '../codex/scene.js'
import { openScreen } from '../codex/screen.js'
import { says } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'

const STACK = /^\s+at .*[:)]\d*|node:internal/m

/** Throws in codex-plus itself, outside of every promise and callback of its own, once a file says what. */
const DEFECT = `
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
const file = process.env.DEFECT_FILE
if (isMainThread && process.argv[1]?.endsWith('codex-plus.js')) {
  setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0 || !existsSync(file)) return
    const [kind, times] = readFileSync(file, 'utf8').split(' ')
    renameSync(file, file + '.done')
    for (let n = 0; n < Number(times); n++) {
      if (kind === 'rejection') Promise.reject(new Error('defect ' + n))
      else setImmediate(() => { throw new TypeError('defect ' + n + ' in "x"') })
    }
  }, 10).unref()
}
`

const scene = useScene()
let file: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  file = join(scene.lab.root, 'defect')
  const preload = join(scene.lab.root, 'defect.mjs')
  writeFileSync(preload, DEFECT)
  env = { NODE_OPTIONS: `--import ${pathToFileURL(preload).href}`, DEFECT_FILE: file }
})

/** Answers a request once codex-plus has met the defect. */
const afterDefect = (kind: string, times: number) => async (): Promise<void> => {
  writeFileSync(file, `${kind} ${times}`)
  await expect.poll(() => existsSync(`${file}.done`), { timeout: scaled(20_000) }).toBe(true)
}

function logText(): string {
  const folder = join(scene.lab.home, '.local/state/codex-plus/log')
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
}

/** A reply that comes after something else. */
function answerAfter(wait: () => Promise<void>): void {
  scene.script = () => (response) => {
    void wait().then(() => {
      const events = [
        { type: 'response.created', response: { id: 'resp_0' } },
        { type: 'response.output_item.done', output_index: 0, item: says('the answer') },
        { type: 'response.completed', response: { id: 'resp_0', usage: null } },
      ]
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
    })
  }
}

describe('an error that nothing caught', () => {
  it.each(['exception', 'rejection'])('leaves codex running: %s in `exec`', async (kind) => {
    answerAfter(afterDefect(kind, 2))
    const result = await scene.lab.run(CODEX_PLUS, ['exec', 'hello'], { env })
    expect(result, result.stderr).toMatchObject({ code: 0, stdout: 'the answer\n' })
    for (const n of [0, 1])
      expect(result.stderr).toMatch(
        new RegExp(`^codex-plus: an internal error was caught, and codex went on: defect ${n}.*\\n`, 'm'),
      )
    expect(result.stderr).not.toMatch(STACK)
    // The log has what the sentence leaves out.
    expect(logText()).toMatch(/"event":"uncaught".*defect 0.*\\n +at /)
  })

  it('waits in the TUI for its end, and the terminal is as before', async () => {
    answerAfter(afterDefect('exception', 1))
    const screen = openScreen(scene.lab, CODEX_PLUS, [], env)
    try {
      await screen.waitFor(/Ask Codex|for shortcuts|context left/)
      await screen.enter('hello')
      await screen.waitFor(/the answer/)
      expect(screen.text()).not.toContain('internal error')
      expect((await screen.leave()).exitCode).toBe(0)
      const [, after = ''] = screen.bytes().split(/(?=codex-plus: an internal error was caught)/)
      expect(after).toContain('defect 0')
      expect(screen.bytes()).not.toMatch(STACK)
    } finally {
      await screen.close()
    }
  })

  it('ends codex-plus and codex where it comes again and again, still in sentences', async () => {
    answerAfter(afterDefect('exception', 500))
    const result = await scene.lab.run(CODEX_PLUS, ['exec', 'hello'], { env })
    expect(result.code).toBe(1)
    expect(result.stderr).not.toMatch(STACK)
    expect(result.stderr.match(/an internal error was caught/g)?.length).toBe(50)
  })

  it('ends a subcommand with one sentence', async () => {
    writeFileSync(file, 'exception 1')
    const result = await scene.lab.run(CODEX_PLUS, ['plus', 'doctor'], { env })
    expect(result).toMatchObject({
      code: 1,
      stderr: 'codex-plus: an internal error ended codex-plus: defect 0 in "x"\n',
    })
  })
})

it('the same program without a defect has no such message', async () => {
  scene.script = () => [says('the answer')]
  const result = await scene.lab.run(CODEX_PLUS, ['exec', 'hello'], { env })
  expect(result).toMatchObject({ code: 0, stdout: 'the answer\n' })
  expect(result.stderr).not.toContain('internal error')
})
