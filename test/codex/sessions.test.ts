import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/request/request-body.js'
import { readConversation } from '../../src/session/conversation.js'
import { readEntries } from '../../src/session/read-entries.js'
import type { Written } from '../../src/session/session-entry.js'
import { formatEvent } from '../../src/stream/local-response-events.js'
import { type Reply, says, sse } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'
import { CODEX_PLUS, DUMMY_KEY } from './lab.js'
import { useScene } from './scene.js'
import { LOST_KEYS, openScreen } from './screen.js'

const scene = useScene()
const { run } = scene

const folder = (): string => join(scene.lab.home, '.local/state/codex-plus/sessions')
const files = (): string[] => (existsSync(folder()) ? readdirSync(folder()).sort() : [])
const entriesOf = (file: string): Written[] => readEntries(join(folder(), file))
/** The one thread of the user's. */
function userThread(): { file: string; entries: Written[] } {
  const found = files().filter((file) => entriesOf(file).some((entry) => entry.type === 'run' && entry.kind === 'user'))
  expect(found).toHaveLength(1)
  return { file: found[0] ?? '', entries: entriesOf(found[0] ?? '') }
}
const ofType = <Type extends Written['type']>(
  entries: Written[],
  type: Type,
): Array<Extract<Written, { type: Type }>> =>
  entries.filter((entry): entry is Extract<Written, { type: Type }> => entry.type === type)

const USAGE = {
  input_tokens: 120,
  input_tokens_details: { cached_tokens: 100 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 127,
}
/** An answer with what the server counted. */
function counted(items: JsonObject[]): Reply {
  return (response) => {
    const events = sse('resp_1', items).split(/(?<=\n\n)/)
    const completed = formatEvent({ type: 'response.completed', response: { id: 'resp_1', usage: USAGE } })
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end([...events.slice(0, -1), completed].join(''))
  }
}
function callsShell(n: number, command: string): JsonObject {
  const input = `const r = await tools.exec_command({cmd: ${JSON.stringify(command)}}); text(r.output)`
  return { type: 'custom_tool_call', id: `ctc_${n}`, call_id: `call_${n}`, name: 'exec', input }
}

describe('the session of an exec', () => {
  it('holds what was typed, what was sent, the tool, its output, the answer, times and tokens', async () => {
    scene.lab.write('.claude/commands/ask.md', 'Please look at $ARGUMENTS.')
    scene.script = (n) => counted(n === 0 ? [callsShell(0, 'echo from-the-tool')] : [says('all done')])
    expect((await run('exec', '/ask the sky')).code).toBe(0)
    const { file, entries } = userThread()
    expect(entries.map(({ type }) => type)).toEqual(['run', 'prompt', 'call', 'request', 'result', 'answer', 'request'])
    expect(ofType(entries, 'run')[0]).toMatchObject({ project: scene.lab.project, kind: 'user', model: 'gpt-6.1-sol' })
    expect(ofType(entries, 'prompt')[0]).toMatchObject({
      typed: '/ask the sky',
      sent: 'Please look at the sky.',
      local: false,
    })
    expect(ofType(entries, 'call')[0]).toMatchObject({ call: 'call_0', name: 'exec' })
    expect(ofType(entries, 'result')[0]?.output).toContain('from-the-tool')
    expect(ofType(entries, 'answer')[0]).toMatchObject({ text: 'all done', local: false, partial: false })
    const [first] = ofType(entries, 'request')
    expect(first).toMatchObject({ status: 200, end: 'complete', kind: 'turn', error: null })
    expect(first?.tokens).toEqual({ input: 120, cached: 100, output: 7, reasoning: 2, total: 127 })
    expect(Object.keys(first?.steps ?? {})).toEqual(['read', 'commands', 'changed files', 'address', 'send', 'forward'])
    expect(readConversation(entries)).toMatchObject({ title: '/ask the sky', tokens: { input: 240, output: 14 } })
    expect(statSync(join(folder(), file)).mode & 0o777).toBe(0o600)
    expect(statSync(folder()).mode & 0o777).toBe(0o700)
  })

  it('goes on in the same file when it is resumed, and says nothing twice', async () => {
    await run('exec', 'first words')
    await run('exec', 'resume', '--last', 'second words')
    const { entries } = userThread()
    expect(ofType(entries, 'prompt').map(({ typed }) => typed)).toEqual(['first words', 'second words'])
    expect(ofType(entries, 'run')).toHaveLength(2)
    expect(readConversation(entries)?.turns).toHaveLength(2)
  })

  it('marks what was answered here', async () => {
    scene.lab.write('.claude/commands/v.md', '---\nallowed-tools: Bash(echo:*)\n---\n!echo version seven\n')
    await run('exec', '/v')
    const { entries } = userThread()
    expect(ofType(entries, 'prompt')[0]).toMatchObject({ typed: '/v', sent: null, local: true })
    expect(ofType(entries, 'answer')[0]).toMatchObject({ text: 'version seven', local: true })
    expect(ofType(entries, 'request')[0]?.end).toBe('local')
  })

  it('keeps the part of an answer that came before the stream broke off, and the reason of a failure', async () => {
    const delta = formatEvent({
      type: 'response.output_text.delta',
      output_index: 0,
      content_index: 0,
      delta: 'half an an',
    })
    scene.script = (n) =>
      n === 0
        ? (response) => {
            response.writeHead(200, { 'content-type': 'text/event-stream' })
            response.write(delta, () => response.destroy())
          }
        : (response) => {
            const error = { code: 'invalid_prompt', message: 'no such thing' }
            const failed = formatEvent({ type: 'response.failed', response: { id: 'r', error } })
            response.writeHead(200, { 'content-type': 'text/event-stream' }).end(failed)
          }
    await run('exec', 'hello')
    const { entries } = userThread()
    expect(ofType(entries, 'answer')[0]).toMatchObject({ text: 'half an an', partial: true })
    expect(ofType(entries, 'request').map(({ end, error }) => [end, error])).toEqual([
      ['truncated', null],
      ['complete', 'no such thing'],
    ])
    expect(ofType(entries, 'prompt')).toHaveLength(1)
  })

  it('tells what hooks decided, in the turn they decided it in', async () => {
    const hook = (command: string): object => ({ hooks: [{ type: 'command', command }] })
    const deny = "echo 'not on Sundays' >&2; exit 2"
    const settings = {
      hooks: {
        UserPromptSubmit: [hook('echo context from the hook')],
        PreToolUse: [{ matcher: 'Bash', ...hook(deny) }],
      },
    }
    scene.lab.write('.claude/settings.json', JSON.stringify(settings))
    scene.script = (n) => (n === 0 ? [callsShell(0, 'echo ran')] : [says('I was not allowed to')])
    await run('exec', 'try it')
    const { entries } = userThread()
    expect(ofType(entries, 'hook').map(({ event, blocked }) => [event, blocked])).toEqual([
      ['UserPromptSubmit', false],
      ['PreToolUse', true],
    ])
    expect(ofType(entries, 'hook')[1]).toMatchObject({ reason: expect.stringContaining('not on Sundays') })
    expect(ofType(entries, 'hook')[1]?.runs).toMatchObject([{ command: deny, outcome: 'blocked' }])
    const turns = readConversation(entries)?.turns ?? []
    expect(turns).toHaveLength(1)
    expect(turns[0]?.steps.map(({ type }) => type)).toEqual(['hook', 'prompt', 'tool', 'hook', 'answer'])
  })

  it('has the prompt as a pre_input hook left it', async () => {
    scene.lab.write(
      '.claude/hooks/pre_input.mjs',
      `export function preInput(request) {
        const text = JSON.stringify(request).replaceAll('the colour', 'the COLOUR')
        return JSON.parse(text)
      }`,
    )
    await run('exec', 'what is the colour')
    expect(ofType(userThread().entries, 'prompt')[0]).toMatchObject({
      typed: 'what is the colour',
      sent: 'what is the COLOUR',
    })
  })

  it('is not written with --plus-no-sessions, nor by a setting, nor in safe mode, nor of an --ephemeral thread', async () => {
    await run('--plus-no-sessions', 'exec', 'one')
    await scene.lab.run(CODEX_PLUS, ['exec', 'two'], { env: { CODEX_PLUS_SESSIONS: '0' } })
    await run('--plus-safe', 'exec', 'three')
    await run('exec', '--ephemeral', 'four')
    expect(files()).toEqual([])
  })

  it('holds no credential: not that of the login, not one that a tool printed', async () => {
    scene.script = (n) =>
      n === 0 ? [callsShell(0, `cat ${scene.lab.codexHome}/auth.json; echo sk-abcdefghijklmnop`)] : [says('ok')]
    await run('exec', `my key is ${DUMMY_KEY}`)
    const text = files()
      .map((file) => readFileSync(join(folder(), file), 'utf8'))
      .join('')
    expect(text).toContain('[redacted')
    expect(text).not.toContain(DUMMY_KEY)
    expect(text).not.toContain('sk-abcdefghijklmnop')
    expect(text).not.toMatch(/Bearer (?!\[redacted)/)
  })
})

describe('the session of the TUI', LOST_KEYS, () => {
  it('is written as it happens; what codex asks for itself is kept apart', async () => {
    scene.lab.write('.claude/commands/ask.md', 'Please look at $ARGUMENTS.')
    const screen = openScreen(scene.lab, CODEX_PLUS, ['/ask the sea'])
    try {
      await screen.waitFor(/the answer/)
      const requests = (): unknown[] => files().flatMap((file) => ofType(entriesOf(file), 'request'))
      await expect.poll(() => requests().length, { timeout: scaled(5000) }).toBeGreaterThan(0)
      const { entries } = userThread()
      expect(ofType(entries, 'prompt').map(({ typed, sent }) => [typed, sent])).toEqual([
        ['/ask the sea', 'Please look at the sea.'],
      ])
      expect(ofType(entries, 'answer')[0]?.text).toBe('the answer')
      const kinds = (): unknown[] => files().flatMap((file) => ofType(entriesOf(file), 'run').map(({ kind }) => kind))
      await expect.poll(() => kinds().sort(), { timeout: scaled(20000) }).toEqual(['title', 'user'])
    } finally {
      await screen.close()
    }
  })

  it('keeps what was said of an answer when codex is quit in the middle of it', async () => {
    const delta = formatEvent({
      type: 'response.output_text.delta',
      output_index: 0,
      content_index: 0,
      delta: 'as far as',
    })
    const added = { type: 'message', role: 'assistant', content: [] }
    scene.script = () => (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(formatEvent({ type: 'response.output_item.added', output_index: 0, item: added }) + delta)
    }
    const screen = openScreen(scene.lab, CODEX_PLUS, ['tell me'])
    try {
      await screen.waitFor(/as far as/)
      process.kill(screen.pid, 'SIGTERM')
      await screen.ended
      const { entries } = userThread()
      expect(ofType(entries, 'answer')[0]).toMatchObject({ text: 'as far as', partial: true })
      expect(ofType(entries, 'request').at(-1)?.end).toBe('client-gone')
    } finally {
      await screen.close()
    }
  })
})
