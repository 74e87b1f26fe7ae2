import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { CODEX, CODEX_PLUS, type Lab, makeLab, type RunResult } from './lab.js'

/** Bare codex gets the upstream as its base URL; codex-plus finds the same in the user's config and goes between. */
let upstream: ScriptedUpstream
let lab: Lab

beforeEach(async () => {
  upstream = await startScriptedUpstream(() => [says('the answer')])
})
afterEach(async () => {
  lab.remove()
  await upstream.close()
})

/** What may differ between two runs of the same thing: ids, times, the temporary sockets' names. */
function comparable(result: RunResult): RunResult {
  const clean = (text: string): string =>
    text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
      .replace(/^.*(WARN|could not create PATH aliases|bubblewrap).*\n/gm, '')
      .replace(/"started_at":\d+|"duration_ms":\d+/g, '')
  return { ...result, stdout: clean(result.stdout), stderr: clean(result.stderr) }
}

/** Runs both ways and compares exit code, stdout and stderr. */
async function bothWays(args: string[], input?: string): Promise<{ bare: RunResult; plus: RunResult }> {
  const options = { ...(input === undefined ? {} : { input }), env: { RUST_LOG: 'off' } }
  const bare = await lab.run(CODEX, args, options)
  const plus = await lab.run(CODEX_PLUS, args, options)
  expect(comparable(plus)).toEqual(comparable(bare))
  return { bare, plus }
}

const base = (): string => `openai_base_url = "${upstream.url}"`

describe('codex-plus exec is codex exec', () => {
  it.each<[name: string, args: string[], input?: string]>([
    ['alias e', ['e', 'hello']],
    ['a prompt that looks like a flag, after --', ['exec', '--', '--plus-upstream echo']],
    ['a flag codex does not know', ['exec', '--no-such-flag', 'hello']],
  ])('%s', async (_name, args, input) => {
    lab = makeLab('apikey', base())
    lab.write('file.txt', 'text\n')
    const { plus } = await bothWays(args, input)
    if (plus.code === 0) expect(plus.stdout).toContain('the answer')
    const [first, second] = [upstream.turns[0], upstream.turns.at(-1)]
    if (first && second) {
      expect(second.url).toBe(first.url)
      expect(second.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())).toEqual(
        first.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()),
      )
    }
  })

  it('exec resume --last carries the thread on', async () => {
    lab = makeLab('apikey', base())
    await lab.run(CODEX_PLUS, ['exec', 'first words'])
    const resumed = await lab.run(CODEX_PLUS, ['exec', 'resume', '--last', 'second words'])
    expect(resumed.code).toBe(0)
    expect(resumed.stdout).toBe('the answer\n')
    expect(JSON.stringify(upstream.turns[1]?.body.input)).toContain('first words')
    // The thread was started behind the proxy, and bare codex goes on with it.
    const bare = await lab.run(CODEX, ['exec', 'resume', '--last', 'third words'])
    expect(bare.code).toBe(0)
    expect(JSON.stringify(upstream.turns[2]?.body.input)).toContain('second words')
  })

  it('with a ChatGPT login: the zstd body arrives byte for byte as codex compressed it', async () => {
    lab = makeLab('chatgpt', base())
    const result = await lab.run(CODEX_PLUS, ['--plus-websocket', 'off', 'exec', 'hello'])
    expect(result.code).toBe(0)
    const [turn] = upstream.turns
    expect(turn?.headers['content-encoding']).toBe('zstd')
    expect(turn?.headers['content-length']).toBe(String(turn?.raw.length))
    expect(turn?.headers['chatgpt-account-id']).toBeDefined()
    expect(JSON.stringify(turn?.body.input)).toContain('hello')
  })
})

describe("the user's own base URL becomes the upstream", () => {
  it.each<[name: string, args: (url: string) => string[]]>([
    ['-c before the subcommand', (url) => ['-c', `openai_base_url="${url}"`, 'exec', 'hello']],
    ['-c after the subcommand', (url) => ['exec', '-c', `openai_base_url="${url}"`, 'hello']],
    ['--config=, unquoted', (url) => ['exec', `--config=openai_base_url=${url}`, 'hello']],
    ['-c glued', (url) => ['exec', `-copenai_base_url=${url}`, 'hello']],
    ['--plus-upstream', (url) => ['--plus-upstream', url, 'exec', 'hello']],
  ])('%s', async (_name, args) => {
    lab = makeLab('apikey', 'openai_base_url = "http://127.0.0.1:9/never"')
    const result = await lab.run(CODEX_PLUS, args(upstream.url))
    expect(result.stdout).toBe('the answer\n')
    expect(upstream.turns).toHaveLength(1)
    expect(upstream.turns[0]?.headers.host).toBe(new URL(upstream.url).host)
  })

  it('-p profile', async () => {
    lab = makeLab('apikey', 'openai_base_url = "http://127.0.0.1:9/never"')
    writeFileSync(join(lab.codexHome, 'work.config.toml'), base())
    const result = await lab.run(CODEX_PLUS, ['-p', 'work', 'exec', 'hello'])
    expect(result.stdout).toBe('the answer\n')
    expect(upstream.turns).toHaveLength(1)
  })
})
