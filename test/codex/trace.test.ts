import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { TraceLine } from '../../src/trace/read-trace.js'
import { says } from '../fixtures/upstream/scripted.js'
import { CODEX_PLUS, DUMMY_ACCOUNT, DUMMY_KEY, makeLab } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene((lab) => {
  lab.write('.claude/commands/ask.md', 'Please look at $ARGUMENTS.')
})
const { run } = scene

const state = (...path: string[]): string => join(scene.lab.home, '.local/state/codex-plus', ...path)
/** Lines of the trace, without those of codex's prewarms, which it sends over its WebSocket only. */
const lines = (text: string): TraceLine[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TraceLine)
    .filter(({ request }) => request !== 'prewarm')
const traced = async (...args: string[]): Promise<TraceLine[]> =>
  lines((await run('plus', 'trace', '--json', ...args)).stdout)
/** Every file of ours, as one text. */
function everything(): string {
  const files = readdirSync(state(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n')
}

describe('plus trace', () => {
  it('at level debug tells what was matched, rewritten and how long each step took; the log has the same', async () => {
    await run('--plus-log', 'debug', 'exec', '/ask the sky')
    const [line, ...more] = await traced()
    expect(more).toEqual([])
    expect(line).toMatchObject({
      event: 'request',
      method: 'POST',
      path: '/responses',
      kind: 'user',
      request: 'turn',
      encoding: 'identity',
      changed: true,
      status: 200,
      end: 'complete',
      error: null,
      kept: false,
      project: scene.lab.project,
    })
    const entry = line as Extract<TraceLine, { event: 'request' }>
    expect(entry.steps.map(({ name }) => name)).toEqual([
      'read',
      'commands',
      'changed files',
      'address',
      'send',
      'forward',
    ])
    expect(entry.notes.map(({ about }) => about)).toEqual(['command', 'rewritten', 'upstream'])
    expect(entry.notes[0]).toMatchObject({ name: 'ask', outcome: 'prompt' })
    expect(entry.bytes.text).toBeGreaterThan(1000)
    const [log = ''] = readdirSync(state('log'))
    const fromLog = await traced('--file', state('log', log))
    expect(fromLog.map((found) => found.event === 'request' && found.id)).toEqual([entry.id])
    const text = await run('plus', 'trace', entry.id)
    expect(text.stdout).toMatch(/POST \/responses {2}200 complete[\s\S]*command: name ask, outcome prompt/)
    for (const row of text.stdout.split('\n')) expect(row.length).toBeLessThanOrEqual(80)
    expect((await run('plus', 'trace', '--thread', 'nobody')).stdout).toMatch(/^No request was traced/)
  })

  it('at the default level nothing is traced, and the answer says how to', async () => {
    await run('exec', 'hello')
    expect(existsSync(state('trace'))).toBe(false)
    expect((await run('plus', 'trace')).stdout).toContain('plus trace --follow')
  })

  it('--follow shows a run that knows nothing of it, while it is under way', async () => {
    const child = spawn(process.execPath, [CODEX_PLUS, 'plus', 'trace', '--follow', '--json'], {
      cwd: scene.lab.project,
      env: scene.lab.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let shown = ''
    child.stdout.on('data', (data: Buffer) => {
      shown += data.toString()
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    try {
      const until = async (wanted: () => boolean): Promise<void> => {
        const deadline = Date.now() + 10_000
        while (!wanted() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await until(() => existsSync(state('trace/watched')))
      let answer = (): void => {}
      scene.script = () => (response) => {
        answer = () => void response.writeHead(400, { 'content-type': 'text/plain' }).end('no such luck')
      }
      const running = run('exec', '/ask the sea')
      const whole = (): TraceLine[] => lines(shown.slice(0, shown.lastIndexOf('\n') + 1))
      await until(() => scene.upstream.turns.length > 0 && whole().length > 0)
      expect(whole().map(({ event }) => event)).toEqual(['request.begin'])
      answer()
      await running
      await until(() => whole().length > 1)
      const found = whole()
      expect(found.map(({ event }) => event)).toEqual(['request.begin', 'request'])
      expect(found[0]?.id).toBe(found[1]?.id)
      expect(found[1]).toMatchObject({ status: 400, changed: true })
      expect((await traced('--failed')).map(({ id }) => id)).toEqual([found[0]?.id])
    } finally {
      child.kill('SIGINT')
    }
    expect(await ended).toBe(0)
  })
})

describe('plus replay', () => {
  it('sends a kept request again, byte for byte in meaning, with a login from the environment', async () => {
    await run('--plus-trace', 'exec', '/ask the sky')
    const [line] = await traced()
    expect(line).toMatchObject({ kept: true })
    const id = line?.id ?? ''
    expect(statSync(state(`trace/requests/${id}.json`)).mode & 0o777).toBe(0o600)
    scene.script = () => [says('another answer')]
    const replayed = await scene.lab.run(CODEX_PLUS, ['plus', 'replay', id], {
      env: { CODEX_API_KEY: 'key-of-the-replay' },
    })
    expect(replayed).toMatchObject({ code: 0, stdout: 'another answer\n' })
    const [first, second] = scene.upstream.turns
    expect(second?.body).toEqual(first?.body)
    expect(findUserTexts(second?.body ?? {}).at(-1)?.text).toBe('Please look at the sky.')
    expect(second?.headers.authorization).toBe('Bearer key-of-the-replay')
    expect(everything()).not.toContain('key-of-the-replay')
    expect(everything()).not.toContain(DUMMY_KEY)
  })

  it('of a ChatGPT login is kept decoded, without its tokens', async () => {
    scene.lab.remove()
    scene.lab = makeLab('chatgpt', `openai_base_url = "${scene.upstream.url}"`)
    await run('--plus-trace', '--plus-log', 'debug', 'exec', 'hello')
    const [line] = (await traced()).filter((entry) => entry.method === 'POST')
    const id = line?.id ?? ''
    const token = (
      JSON.parse(readFileSync(join(scene.lab.codexHome, 'auth.json'), 'utf8')) as { tokens: { access_token: string } }
    ).tokens.access_token
    expect(everything()).not.toContain(token)
    expect(everything()).not.toMatch(/eyJ[\w-]+\.[\w-]+\./)
    await scene.lab.run(CODEX_PLUS, ['plus', 'replay', id], { env: { CODEX_ACCESS_TOKEN: 'token-of-the-replay' } })
    expect(scene.upstream.turns[1]?.body).toEqual(scene.upstream.turns[0]?.body)
    expect(scene.upstream.turns[1]?.headers).toMatchObject({
      authorization: 'Bearer token-of-the-replay',
      'chatgpt-account-id': DUMMY_ACCOUNT,
    })
    await scene.lab.run(CODEX_PLUS, ['plus', 'replay', id], { env: { OPENAI_API_KEY: 'key-of-the-replay' } })
    expect(scene.upstream.turns[2]?.headers).not.toHaveProperty('chatgpt-account-id')
  })

  it('fails in words: nothing kept, no login, a refusal, an answer that breaks off', async () => {
    expect(await run('plus', 'replay', 'abcd-1')).toMatchObject({ code: 1 })
    expect((await run('plus', 'replay', '../../x')).stderr).toContain('was not kept')
    await run('--plus-trace', 'exec', 'hello')
    const id = (await traced())[0]?.id ?? ''
    scene.lab.write('../codex-home/config.toml', '')
    const noLogin = await run('plus', 'replay', id)
    expect(noLogin).toMatchObject({ code: 64 })
    expect(noLogin.stderr).toContain('there is no login in the environment')
    scene.script = () => (response) => void response.writeHead(429).end('{"error":{"message":"too many"}}')
    const refused = await run('plus', 'replay', id, '--plus-upstream', scene.upstream.url)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/too many[\s\S]*answered 429[\s\S]*refused/)
    scene.script = () => (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"type":"response.output_text.delta","delta":"half"}\n\n', () => response.end())
    }
    const half = await run('plus', 'replay', id, '--plus-upstream', scene.upstream.url)
    expect(half).toMatchObject({ code: 1, stdout: 'half\n' })
    expect(half.stderr).toContain('The response was cut off.')
    const echoed = await run('plus', 'replay', id, '--plus-upstream', 'echo', '--json')
    expect(JSON.parse(echoed.stdout)).toMatchObject({ id, status: 200, finished: true, text: 'hello' })
  })
})
