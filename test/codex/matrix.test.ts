import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ScriptedUpstream, type SeenRequest, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { CODEX, CODEX_PLUS, type Lab, type Login, makeLab, type RunResult } from './lab.js'

/** Every way to run a turn without the TUI, with bare codex and with codex-plus, each in a world of its own. */
let upstream: ScriptedUpstream
let labs: Lab[]

beforeEach(async () => {
  labs = []
  upstream = await startScriptedUpstream(() => [says('the answer')])
})
afterEach(async () => {
  for (const lab of labs) lab.remove()
  await upstream.close()
})

interface HttpRoute {
  /** `C` is where a `-c` behind the subcommand goes. */
  readonly args: readonly string[]
  readonly input?: string
  /** A turn that bare codex runs first. */
  readonly first?: readonly string[]
  readonly file?: string
}
const C = Symbol('-c') as unknown as string
const SCHEMA = '{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}'

const WAYS: Readonly<Record<string, HttpRoute>> = {
  plain: { args: ['exec', C, 'hello'] },
  '--json': { args: ['exec', '--json', C, 'hello'] },
  'the prompt on stdin': { args: ['exec', C, '-'], input: 'from stdin' },
  'piped stdin beside a prompt': { args: ['exec', C, 'read this'], input: 'piped\ntext\n' },
  '-o': { args: ['exec', C, '-o', 'last.txt', 'hello'], file: 'last.txt' },
  '--output-schema': { args: ['exec', '--output-schema', 'schema.json', C, 'hello'] },
  'exec resume --last': { first: ['exec', 'first words'], args: ['exec', 'resume', C, '--last', 'second words'] },
  'exec resume --last, before resume': { first: ['exec', 'first'], args: ['exec', C, 'resume', '--last', 'second'] },
  'exec resume --json': { first: ['exec', 'first'], args: ['exec', 'resume', '--last', '--json', C, 'second'] },
  review: { args: ['review', C, '--uncommitted'] },
  'exec review': { args: ['exec', 'review', C, '--uncommitted'] },
}
const POSITIONS: Readonly<Record<string, (args: readonly string[], flags: readonly string[]) => string[]>> = {
  'no -c': (args) => args.filter((arg) => arg !== C),
  '-c before': (args, flags) => [...flags, ...args.filter((arg) => arg !== C)],
  '-c after': (args, flags) => args.flatMap((arg) => (arg === C ? [...flags] : [arg])),
}
const EFFORT = ['-c', 'model_reasoning_effort="low"']

/** What differs between two runs of the same thing: ids, times, and the folders of the worlds. */
function comparable(text: string, lab: Lab): string {
  return (
    text
      .replaceAll(lab.root, '<root>')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
      .replace(/^.*(WARN|could not create PATH aliases|bubblewrap).*\n/gm, '')
      .replace(/(_at|_ms|create_time)(\\?"):[\d.]+/g, '$1$2:0')
      // What git says of the folder is there when codex has had the time to ask it.
      .replace(/\\*"workspaces\\*":\{(?:[^{}]|\{[^{}]*\})*\},?/g, '')
      .replace(/codex-app-server-test-[\w-]+|codex-[\w]+-\d+/g, '<temporary>')
  )
}

/** codex tells the model what its sandbox allows, and that differs where codex-plus makes `.claude` read-only. */
const UNPROTECTED = { CODEX_PLUS_PROTECT_CLAUDE: '0' }

/** codex writes some of its maps in an order of chance. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}

/** The bodies are long: a failure shows the place alone. */
function firstDifference(some: string[], others: string[]): object | null {
  for (const [index, text] of some.entries()) {
    const other = others[index] ?? ''
    if (text === other) continue
    const at = [...text].findIndex((char, position) => char !== other[position])
    return {
      turn: index,
      plus: text.slice(Math.max(0, at - 60), at + 60),
      bare: other.slice(Math.max(0, at - 60), at + 60),
    }
  }
  return null
}

async function runIn(
  program: string,
  way: HttpRoute,
  args: string[],
  login: Login,
  env: NodeJS.ProcessEnv,
): Promise<{ lab: Lab; result: RunResult; turns: SeenRequest[] }> {
  const lab = makeLab(login, `openai_base_url = "${upstream.url}"`)
  labs.push(lab)
  lab.write('file.txt', 'text\n')
  lab.write('schema.json', SCHEMA)
  const options = { env: { RUST_LOG: 'off', ...env }, ...(way.input === undefined ? {} : { input: way.input }) }
  if (way.first) await lab.run(CODEX, [...way.first], options)
  const before = upstream.turns.length
  const result = await lab.run(program, args, options)
  return { lab, result, turns: upstream.turns.slice(before) }
}

/** Runs both ways: exit code, stdout, stderr, written files and the requests that left have to be the same. */
async function expectTheSame(
  way: HttpRoute,
  args: string[],
  login: Login = 'apikey',
  { env = UNPROTECTED, without }: { env?: NodeJS.ProcessEnv; without?: RegExp } = {},
): Promise<SeenRequest[]> {
  const bare = await runIn(CODEX, way, args, login, env)
  const plus = await runIn(CODEX_PLUS, way, args, login, env)
  const seen = ({ lab, result, turns }: typeof bare): object => ({
    code: result.code,
    signal: result.signal,
    stdout: comparable(result.stdout, lab),
    stderr: comparable(result.stderr, lab),
    file:
      way.file && existsSync(join(lab.project, way.file)) ? readFileSync(join(lab.project, way.file), 'utf8') : null,
    turns: turns.length,
    names: turns.map(({ rawHeaders }) => rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())),
    urls: turns.map(({ url }) => url),
  })
  expect(seen(plus)).toEqual(seen(bare))
  const bodies = ({ lab, turns }: typeof bare): string[] =>
    turns.map(({ body }) => comparable(JSON.stringify(sorted(body)), lab).replaceAll(without ?? /$^/g, ''))
  expect(firstDifference(bodies(plus), bodies(bare))).toBeNull()
  expect(bare.result.code).toBe(0)
  expect(bare.turns.length).toBeGreaterThan(0)
  return plus.turns
}

describe.each(Object.keys(WAYS))('%s', (name) => {
  const way = WAYS[name] as HttpRoute
  it.each(Object.keys(POSITIONS))('%s', async (position) => {
    const turns = await expectTheSame(way, POSITIONS[position]?.(way.args, EFFORT) ?? [])
    if (position !== 'no -c') expect(turns.at(-1)?.body.reasoning).toMatchObject({ effort: 'low' })
  })
})

describe.each<[model: string, flags: string[], login: Login]>([
  ['classic', ['-m', 'gpt-5.5'], 'apikey'],
  ['classic', ['-m', 'gpt-5.5'], 'chatgpt'],
  ['default', [], 'chatgpt'],
])('the %s model, %j, with a login of %s', (_model, flags, login) => {
  it.each(['plain', '--json', 'piped stdin beside a prompt', 'exec resume --last', 'exec review'])(
    '%s',
    async (name) => {
      const way = WAYS[name] as HttpRoute
      const first = way.first && { first: [...flags, ...way.first] }
      const args = [...flags, ...(POSITIONS['-c after']?.(way.args, EFFORT) ?? [])]
      const turns = await expectTheSame({ ...way, ...first }, args, login)
      expect(turns[0]?.headers['content-encoding']).toBe(login === 'chatgpt' ? 'zstd' : undefined)
      expect(turns[0]?.headers['chatgpt-account-id'] !== undefined).toBe(login === 'chatgpt')
    },
  )
})

it('with .claude read-only, only what codex says of its sandbox differs', async () => {
  const sandbox = /<file_system type=\\"restricted\\">.*?<\/file_system>/g
  const [turn] = await expectTheSame({ args: [] }, ['exec', 'hello'], 'apikey', { env: {}, without: sandbox })
  expect(JSON.stringify(turn?.body)).toMatch(/<entry access=\\"read\\"><path>[^<]*\/\.claude<\/path>/)
})
