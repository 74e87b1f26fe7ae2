import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findProxyHooks } from '../../../src/hooks/proxy-hooks/find-proxy-hooks.js'
import { openProxyHooks, type ProxyHooks } from '../../../src/hooks/proxy-hooks/open-proxy-hooks.js'
import { createPreInputStage, isWholeEntry, type TurnHooks } from '../../../src/hooks/request/pre-input-stage.js'
import { silentLog } from '../../../src/log/log.js'
import { openLedger } from '../../../src/prompt/ledger.js'
import type { LocalAnswer, Stage } from '../../../src/proxy/exchange.js'
import { type JsonObject, RequestBody } from '../../../src/request/request-body.js'
import { scaled } from '../../time.js'

let root: string
let said: string[]
let hooks: ProxyHooks | undefined
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-pre-input-'))
  said = []
})
afterEach(async () => {
  await hooks?.close()
  hooks = undefined
  rmSync(root, { recursive: true, force: true })
})

function write(name: string, text: string, mode = 0o644): void {
  const file = join(root, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
}

async function stage(
  options: { onError?: 'open' | 'closed'; trusted?: boolean; budgetMs?: number } = {},
): Promise<Stage> {
  const env = { PATH: process.env.PATH, HOME: join(root, 'home') }
  const folder = join(root, 'project')
  mkdirSync(folder, { recursive: true })
  const say = (line: string): void => void said.push(line.replaceAll(root, ''))
  const { files, broken, problems } = findProxyHooks({ folder, env, trusted: () => options.trusted ?? true })
  for (const line of problems) say(line)
  await hooks?.close()
  hooks = await openProxyHooks({ files, broken, folder, env, budgetMs: options.budgetMs ?? 5000, log: silentLog, say })
  const ledger = openLedger(join(root, 'ledger'), silentLog, undefined, isWholeEntry)
  const { preInput, brokenPreInput } = hooks
  const onError = options.onError ?? 'open'
  const hooksOf = async (): Promise<TurnHooks> => ({ hooks: preInput, broken: brokenPreInput })
  return createPreInputStage({ hooksOf, ledger, onError, log: silentLog, say })
}

const message = (id: string, text: string, turn = 't1'): JsonObject => ({
  type: 'message',
  id,
  role: 'user',
  content: [{ type: 'input_text', text }],
  internal_chat_message_metadata_passthrough: { turn_id: turn, content_item_kinds: ['user.text'] },
})
const tool = (id: string): JsonObject => ({ type: 'function_call_output', id, call_id: 'c', output: 'secret output' })
const bodyOf = (input: JsonObject[]): JsonObject => ({ model: 'm', stream: true, input, tools: [] })

/** Sends a request through a stage: what goes out, and the answer given here. */
async function send(
  through: Stage,
  body: JsonObject,
  turn = 't1',
  path = '/responses',
  signal = new AbortController().signal,
): Promise<{ sent: JsonObject; changed: boolean; answer: LocalAnswer | null }> {
  const metadata = { thread_id: 'th', turn_id: turn, session_id: 'th', request_kind: 'turn', thread_source: 'user' }
  const request = {
    method: 'POST',
    path,
    headers: [['x-codex-turn-metadata', JSON.stringify(metadata)]] as [string, string][],
    body: new RequestBody(Buffer.from(JSON.stringify(body)), null),
    signal,
  }
  const answer = await through.rewrite(request)
  return { sent: await request.body.json(), changed: request.body.changed, answer }
}

/** The text of the n-th item of a request. */
function text(body: JsonObject, n: number): unknown {
  const item = (body.input as JsonObject[])[n]
  return (item?.content as JsonObject[] | undefined)?.[0]?.text
}

const COUNTING = `import { appendFileSync } from 'node:fs'
export async function preInput(event) { appendFileSync(new URL('counted', import.meta.url), ''); return {} }`

describe.each([
  [
    'a module',
    'pre_input.mjs',
    'export async function preInput({ prompt }) { return { prompt: prompt.toUpperCase() } }',
  ],
  [
    'a module that changes in place',
    'pre_input.js',
    'export const preInput = (event) => { event.prompt = event.prompt.toUpperCase() }',
  ],
  [
    'a default export',
    'pre_input.mjs',
    'export default { preInput: ({ prompt }) => ({ prompt: prompt.toUpperCase() }) }',
  ],
  [
    'a Python filter',
    'pre_input.py',
    'import json, sys\nd = json.load(sys.stdin)\nassert d["hook"] == "pre_input" and d["model"] == "m"\nprint(json.dumps({"prompt": d["prompt"].upper()}))\n',
  ],
  [
    'a shell filter',
    'pre_input.sh',
    'sed -E \'s/.*"prompt":"([^"]*)".*/\\1/\' | tr a-z A-Z | sed -E \'s/(.*)/{"prompt":"\\1"}/\'\n',
  ],
])('%s', (_, name, source) => {
  it('changes the newest prompt once; later requests and another process send the same bytes', async () => {
    write(`project/.claude/hooks/${name}`, source)
    const first = await stage()
    const one = await send(first, bodyOf([message('m1', 'hello')]))
    expect(text(one.sent, 0)).toBe('HELLO')
    rmSync(join(root, 'project/.claude/hooks', name))
    const follow = bodyOf([message('m1', 'hello'), tool('o1')])
    expect(text((await send(first, follow)).sent, 0)).toBe('HELLO')
    const other = await stage()
    const resumed = await send(other, bodyOf([message('m1', 'hello'), message('m2', 'more', 't2')]), 't2')
    expect([text(resumed.sent, 0), text(resumed.sent, 1)]).toEqual(['HELLO', 'more'])
    expect((resumed.sent.input as JsonObject[])[0]).toEqual((one.sent.input as JsonObject[])[0])
    expect(said).toEqual([])
  })
})

describe('several hooks', () => {
  it('run by file name, the project’s first, each with what the one before made', async () => {
    const add = (letter: string): string => `export const preInput = ({ prompt }) => ({ prompt: prompt + '${letter}' })`
    write('project/.claude/hooks/pre_input-b.mjs', add('b'))
    write('project/.claude/hooks/pre_input-a.mjs', add('a'))
    write('home/.claude/hooks/pre_input.mjs', add('c'))
    write('home/.claude/hooks/pre_input.md', 'notes')
    write('home/.claude/hooks/pre_input.d.ts', '')
    expect(text((await send(await stage(), bodyOf([message('m1', '>')]))).sent, 0)).toBe('>abc')
    const strange = await stage({ trusted: false })
    expect(text((await send(strange, bodyOf([message('m2', '>')]))).sent, 0)).toBe('>c')
    expect(said).toEqual([
      expect.stringMatching(/pre_input-a\.mjs, pre_input-b\.mjs skipped: this folder is not trusted/),
    ])
  })
})

describe('a request that codex gave up while its hooks ran', () => {
  it('does not let its repetition out without the hooks: they run for that one, once for all that wait', async () => {
    let runs = 0
    const held: (() => void)[] = []
    const run = async ({ prompt }: { prompt: string }, signal: AbortSignal): Promise<{ prompt: string }> => {
      runs += 1
      await new Promise<void>((resolve) => {
        held.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      if (signal.aborted) throw new Error('it was cancelled')
      return { prompt: prompt.toUpperCase() }
    }
    for (const onError of ['open', 'closed'] as const) {
      runs = 0
      held.length = 0
      const ledger = openLedger(join(root, onError), silentLog, undefined, isWholeEntry)
      const say = (line: string): void => void said.push(line)
      const hook = { path: 'pre_input', run }
      const through = createPreInputStage({
        hooksOf: async () => ({ hooks: [hook], broken: [] }),
        ledger,
        onError,
        log: silentLog,
        say,
      })
      const given = new AbortController()
      const body = bodyOf([message('m1', 'hello')])
      const first = send(through, body, 't1', '/responses', given.signal)
      const repeated = [send(through, body), send(through, body)]
      await expect.poll(() => held.length).toBe(1)
      given.abort()
      await expect.poll(() => held.length).toBe(2)
      held[1]?.()
      for (const { sent } of await Promise.all(repeated)) expect(text(sent, 0)).toBe('HELLO')
      await first
      expect(runs).toBe(2)
    }
    expect(said).toEqual([])
  })
})

describe('a search on the web', () => {
  it('gets the words as they were changed, though it names no message', async () => {
    write('project/.claude/hooks/pre_input.mjs', "export const preInput = () => ({ prompt: 'redacted' })")
    const through = await stage()
    await send(through, bodyOf([message('m1', 'my secret')]))
    const { id: _id, ...nameless } = message('m1', 'my secret')
    const search = { id: 'th', model: 'm', input: [nameless], commands: { search_query: [{ q: 'x' }] } }
    const { sent } = await send(through, search, 't1', '/alpha/search')
    expect(sent).toEqual({ ...search, input: [{ ...nameless, content: [{ type: 'input_text', text: 'redacted' }] }] })
    const other = { ...search, input: [message('m2', 'open', 't2')] }
    expect(await send(through, other, 't2', '/alpha/search')).toMatchObject({ changed: false, sent: other })
  })
})

describe('a hook that changes the request', () => {
  it('may change anything; items stay changed, the rest for its turn', async () => {
    write(
      'project/.claude/hooks/pre_input.mjs',
      `export function preInput({ request }) {
         request.model = 'other'
         request.input[0].output = 'redacted'
         request.input.push({ type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'note' }] })
         return { prompt: 'new' }
       }`,
    )
    const through = await stage()
    const { sent } = await send(through, bodyOf([tool('o1'), message('m1', 'old')]))
    expect(sent).toMatchObject({ model: 'other', stream: true })
    expect(sent.input).toMatchObject([{ output: 'redacted' }, { content: [{ text: 'new' }] }, { role: 'developer' }])
    const later = await send(through, bodyOf([tool('o1'), message('m1', 'old'), tool('o2')]))
    expect(later.sent.model).toBe('other')
    expect((later.sent.input as JsonObject[]).slice(0, 3)).toEqual(sent.input)
    expect((later.sent.input as JsonObject[])[3]).toEqual(tool('o2'))
    rmSync(join(root, 'project/.claude/hooks/pre_input.mjs'))
    const next = await send(await stage(), bodyOf([tool('o1'), message('m1', 'old'), message('m2', 'x', 't2')]), 't2')
    expect(next.sent.model).toBe('m')
    expect((next.sent.input as JsonObject[]).slice(0, 3)).toEqual(sent.input)
  })

  it('may block a message, which is then never sent', async () => {
    write('project/.claude/hooks/pre_input.mjs', "export const preInput = () => ({ block: 'not today' })")
    const through = await stage()
    expect((await send(through, bodyOf([message('m1', 'secret')]))).answer).toEqual({ text: 'not today' })
    expect((await send(through, bodyOf([message('m1', 'secret')]))).answer).toEqual({ text: 'not today' })
    rmSync(join(root, 'project/.claude/hooks/pre_input.mjs'))
    const assistant = {
      type: 'message',
      id: 'a1',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'not today' }],
    }
    const next = await send(await stage(), bodyOf([message('m1', 'secret'), assistant, message('m2', 'x', 't2')]), 't2')
    expect(next.answer).toBeNull()
    expect(JSON.stringify(next.sent)).not.toContain('secret')
  })
})

describe('a hook that fails', () => {
  it.each([
    ['throws at import', 'pre_input.mjs', "throw new Error('no')", /is off: Error: no/],
    ['is no JavaScript', 'pre_input.mjs', 'export {', /is off: SyntaxError/],
    ['ends the process at import', 'pre_input.mjs', 'process.exit(3)', /is off: it ended its thread/],
    ['has no such function', 'pre_input.mjs', 'export const other = 1', /is off: it exports no function preInput/],
    [
      'throws',
      'pre_input.mjs',
      "export const preInput = () => { throw new Error('no') }",
      /failed and was skipped: Error: no/,
    ],
    ['ends the process', 'pre_input.mjs', 'export const preInput = () => process.exit(3)', /it ended its thread/],
    [
      'never ends',
      'pre_input.mjs',
      'export const preInput = () => { for (;;); }',
      new RegExp(`longer than ${scaled(2000)} ms`),
    ],
    [
      'never answers',
      'pre_input.mjs',
      'export const preInput = () => new Promise(() => {})',
      new RegExp(`longer than ${scaled(2000)} ms`),
    ],
    ['answers nonsense', 'pre_input.sh', 'echo nonsense', /its answer is not a JSON object/],
    [
      'loses a message',
      'pre_input.sh',
      `echo '{"request":{"model":"m","stream":true,"input":[]}}'`,
      /lacks the message m1/,
    ],
    ['changes the stream', 'pre_input.sh', `echo '{"request":{"model":"m","input":[]}}'`, /changes `stream`/],
    ['fails', 'pre_input.sh', 'echo broken pipe dream >&2; exit 7', /exit code 7: broken pipe dream/],
    ['hangs', 'pre_input.sh', 'sleep 100 & sleep 100', new RegExp(`longer than ${scaled(2000)} ms`)],
    ['leaves a process behind', 'pre_input.sh', 'sleep 100 >/dev/null 2>&1 & echo $! > left', null],
    ['closes its input', 'pre_input.sh', 'exec 0<&-; echo "{}"', null],
    ['cannot be run', 'pre_input.xyz', 'x', /is not executable/],
  ])('is skipped with a warning: %s', async (_, name, source, line) => {
    write(`project/.claude/hooks/${name}`, source)
    write('project/.claude/hooks/pre_input-z.mjs', 'export const preInput = ({ prompt }) => ({ prompt: prompt + "!" })')
    const through = await stage({ budgetMs: scaled(2000) })
    const { sent, answer } = await send(through, bodyOf([message('m1', 'x'.repeat(300_000))]))
    expect(answer).toBeNull()
    expect(text(sent, 0)).toBe(`${'x'.repeat(300_000)}!`)
    expect(said).toEqual(line === null ? [] : [expect.stringMatching(line)])
    if (name === 'pre_input.sh' && source.includes('left')) {
      const pid = Number(readFileSync(join(root, 'project/left'), 'utf8'))
      await new Promise((resolve) => setTimeout(resolve, 50))
      // A zombie is one that its parent has not asked for.
      expect(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout).toMatch(/^(Z.*\s*)?$/)
    }
  })

  it('blocks the message where hooks.onError is closed', async () => {
    write('project/.claude/hooks/pre_input.sh', 'exit 1')
    const { answer } = await send(await stage({ onError: 'closed' }), bodyOf([message('m1', 'x')]))
    expect(answer?.text).toMatch(/pre_input\.sh failed \(it ended with exit code 1\), and hooks\.onError is closed/)
  })
})

describe('what is left alone', () => {
  it('is a request without news, or without hooks’ changes, to the byte', async () => {
    write('project/.claude/hooks/pre_input.mjs', COUNTING)
    const through = await stage()
    const old = await send(through, bodyOf([message('m0', 'old', 't0')]))
    expect(old).toMatchObject({ changed: false, answer: null })
    const { changed } = await send(through, bodyOf([message('m1', 'new')]))
    expect(changed).toBe(false)
  })
})

describe('with hooks.onError: closed', () => {
  const hide = 'export const preInput = ({ prompt }) => ({ prompt: prompt.replaceAll("secret", "***") })'
  const ledger = (): string => join(root, 'ledger/th.jsonl')
  const history = (): JsonObject => bodyOf([message('m1', 'secret one'), message('m2', 'secret two', 't2')])
  const texts = ({ sent }: { sent: JsonObject }): unknown[] => [text(sent, 0), text(sent, 1)]

  beforeEach(() => write('project/.claude/hooks/pre_input.mjs', hide))

  it.each<[name: string, damage: () => void]>([
    ['is kept', () => {}],
    ['is lost', () => rmSync(ledger())],
    ['is cut', () => writeFileSync(ledger(), readFileSync(ledger()).subarray(0, 30))],
    ['has lost a key', () => writeFileSync(ledger(), readFileSync(ledger(), 'utf8').replace('"kinds":', '"x":'))],
    [
      'has a patch without its shape',
      () =>
        writeFileSync(
          ledger(),
          readFileSync(ledger(), 'utf8').replace('"answer":null', '"answer":null,"patch":{"items":3}'),
        ),
    ],
    [
      'is rubbish',
      () =>
        writeFileSync(
          ledger(),
          'null\n[]\n{"messageId":"m1"}\n{"messageId":"m1","turnId":"t1","content":[1],"kinds":[]}\n\u0000',
        ),
    ],
  ])('no message goes out as typed where the ledger %s', async (_name, damage) => {
    const first = await send(await stage({ onError: 'closed' }), bodyOf([message('m1', 'secret one')]))
    expect(text(first.sent, 0)).toBe('*** one')
    damage()
    expect(texts(await send(await stage({ onError: 'closed' }), history(), 't2'))).toEqual(['*** one', '*** two'])
    // What the hooks said again is kept.
    expect(texts(await send(await stage({ onError: 'closed' }), history(), 't3'))).toEqual(['*** one', '*** two'])
  })

  it('earlier messages of the thread go through the hooks too, each on its own, in a compaction as well', async () => {
    const compaction = bodyOf([...(history().input as JsonObject[]), { type: 'compaction_trigger' }])
    expect(texts(await send(await stage({ onError: 'closed' }), compaction, 't3'))).toEqual(['*** one', '*** two'])
  })

  it('an earlier message that is blocked is held back', async () => {
    write(
      'project/.claude/hooks/pre_input.mjs',
      'export const preInput = ({ prompt }) => prompt.includes("one") ? { block: "no" } : {}',
    )
    const { sent, answer } = await send(await stage({ onError: 'closed' }), history(), 't2')
    expect(answer).toBeNull()
    expect(text(sent, 0)).toBe('[This message was blocked by a pre_input hook and was not sent.]')
    expect(text(sent, 1)).toBe('secret two')
  })

  it.each<[name: string, file: string, source: string]>([
    ['throws', 'pre_input.mjs', 'export const preInput = () => { throw new Error("broken") }'],
    ['cannot be loaded', 'pre_input.mjs', 'syntax error'],
    ['exports nothing', 'pre_input.mjs', ''],
    ['is not executable', 'pre_input-x.rb', ''],
    ['answers rubbish', 'pre_input.sh', 'echo rubbish'],
    ['ends with an error', 'pre_input.sh', 'exit 3'],
  ])('nothing is sent where a hook %s', async (_name, file, source) => {
    write(`project/.claude/hooks/${file}`, source)
    const { answer } = await send(await stage({ onError: 'closed' }), bodyOf([message('m1', 'secret')]))
    expect(answer?.text).toMatch(/pre_input.* and hooks\.onError is closed/)
  })

  it('nothing is sent that cannot be looked into', async () => {
    const closed = await stage({ onError: 'closed' })
    for (const body of [{ model: 'm', input: 'secret' }, { model: 'm' }]) {
      expect((await send(closed, body)).answer?.text).toContain('hooks.onError is closed')
    }
  })

  it('a message in a web search goes through the hooks, too', async () => {
    const search = { input: [message('m9', 'secret', 'unknown')] }
    const { sent } = await send(await stage({ onError: 'closed' }), search, 't1', '/alpha/search')
    expect(text(sent, 0)).toBe('***')
    expect(text((await send(await stage(), search, 't1', '/alpha/search')).sent, 0)).toBe('secret')
  })

  it('a thread without hooks is as ever', async () => {
    rmSync(join(root, 'project/.claude/hooks'), { recursive: true })
    expect((await send(await stage({ onError: 'closed' }), { model: 'm' })).answer).toBeNull()
  })
})
