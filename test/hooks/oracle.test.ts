import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OracleCase, stage } from '../commands/oracle/case.js'
import { scaled } from '../time.js'
import { comparableFiles, filesBelow, type RecordedMessage, textsOf } from './oracle/compare.js'
import { drive, type Reply } from './oracle/drive.js'

interface HookCase extends Omit<OracleCase, 'expect' | 'prompt'> {
  readonly prompt?: string | null
  readonly turns?: readonly string[]
  readonly script?: readonly Reply[]
  readonly cliArgs?: readonly string[]
  readonly textMode?: boolean
  readonly sideReply?: { readonly text: string }
  readonly httpHooks?: Readonly<Record<string, { body?: unknown; contentType?: string; status?: number }>>
  readonly expect: {
    readonly result: ReadonlyArray<{ result: string; stop_reason: string | null }>
    readonly modelCalls: number
    readonly messages: readonly RecordedMessage[][]
    readonly created: Readonly<Record<string, string>>
  }
}

const folder = new URL('oracle/', import.meta.url).pathname
const left = JSON.parse(readFileSync(join(folder, 'left.json'), 'utf8')) as Record<string, string>
const cases = readdirSync(join(folder, 'cases')).map(
  (name) => JSON.parse(readFileSync(join(folder, 'cases', name), 'utf8')) as HookCase,
)

let server: Server
const answers = new Map<string, { body?: unknown; contentType?: string; status?: number }>()
beforeAll(async () => {
  server = createServer((request, response) => {
    const { body = '', contentType = 'application/json', status = 200 } = answers.get(request.url ?? '') ?? {}
    response.writeHead(status, { 'content-type': contentType })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => void server.close())

/** Plays a case; both sides in one form. */
async function play(oracle: HookCase): Promise<{ got: object; wanted: object }> {
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}/${oracle.id}`
  for (const [name, answer] of Object.entries(oracle.httpHooks ?? {})) answers.set(`/${oracle.id}/hook/${name}`, answer)
  const filled = JSON.parse(JSON.stringify(oracle).replaceAll('127.0.0.1:{{MOCKPORT}}', address)) as HookCase
  const place = stage({ ...filled, setup: filled.setup?.replace(/^cp \S+ mcp\.mjs; /, '') } as unknown as OracleCase)
  try {
    const { root, home, cwd, fill } = place
    const {
      cliArgs = [],
      script = [],
      env: environment = {},
      expect: recorded,
    } = JSON.parse(fill(JSON.stringify(filled))) as HookCase
    // A command's own shell blocks go by the mode, too.
    if (cliArgs.includes('bypassPermissions')) {
      mkdirSync(join(home, '.claude'), { recursive: true })
      writeFileSync(join(home, '.claude/settings.json'), '{"permissions":{"defaultMode":"bypassPermissions"}}')
    }
    const before = filesBelow(root)
    const asked: string[] = []
    const called: string[] = []
    const driven = await drive({
      root,
      home,
      cwd,
      env: { PATH: process.env.PATH, HOME: home, ORACLE_ROOT: root, ...environment },
      cliArgs,
      turns: (oracle.turns ?? (oracle.prompt == null ? [] : [oracle.prompt])).map(fill),
      script,
      async modelCall(prompt) {
        asked.push(prompt)
        return oracle.sideReply?.text ?? '{"ok": true}'
      },
      async callTool(_server, _tool, input) {
        called.push(JSON.stringify(input))
        return String(input.text)
      },
    })
    const created = [...filesBelow(root)].filter(([path, text]) => before.get(path) !== text)
    const wantedCreated = Object.entries(recorded.created).filter(([path]) => !path.endsWith('mcp-srv.log'))
    const log = recorded.created['out/mcp-srv.log'] ?? ''
    const slug = root.replace(/[^A-Za-z0-9]/g, '-')
    const named = (text: string): string =>
      text.replaceAll('{{ROOTSLUG}}', slug).replaceAll('{{SESSION_ID}}', '{{UUID0}}')
    const main = recorded.messages.filter((messages) => !isSideCall(messages))
    const requests = (all: readonly RecordedMessage[][]): string[][] => all.map(textsOf)
    const wanted = {
      results: oracle.textMode
        ? []
        : recorded.result.map(({ result, stop_reason }) => ({ result: shown(result), stop_reason })),
      modelCalls: recorded.modelCalls,
      requests: sorted(requests(main)),
      created: comparableFiles(wantedCreated.map(([path, text]) => [path, named(text)])),
      called: called.filter((input) => log.includes(input)),
      asked: requests(recorded.messages.filter(isSideCall))
        .map((texts) => named(questionOf(texts)))
        .map(withoutIds),
    }
    const got = {
      results: oracle.textMode ? [] : driven.results.map((end) => ({ ...end, result: shown(end.result) })),
      modelCalls: driven.requests.length,
      // Long histories were recorded from their end.
      requests: sorted(
        requests(driven.requests).map((texts, at) => texts.slice(-(textsOf(main[at] ?? []).length || texts.length))),
      ),
      created: comparableFiles(created),
      called,
      asked: asked.map((prompt) => withoutIds(questionOf([prompt.split('\n\nAnswer with one JSON object')[0] ?? '']))),
    }
    return { got: { ...got, asked: got.asked.slice(0, wanted.asked.length) }, wanted }
  } finally {
    place.remove()
  }
}

/** A refused shell block is told in different words. */
function shown(result: string | undefined): string | undefined {
  if (result === undefined) return undefined
  return /^Shell command permission check failed|: !`[^`]*` was not run: /.test(result) ? 'a refused block' : result
}

/** Hooks finish in any order, and older models are told of contexts before the prompt. */
function sorted(requests: string[][]): string[][] {
  return requests.map((texts) => [...texts].sort())
}

function isSideCall(messages: readonly RecordedMessage[]): boolean {
  return textsOf(messages.slice(-1)).some((text) => text.includes('"hook_event_name"'))
}

/** The question of a prompt hook, without what stands around it. */
function questionOf(texts: readonly string[]): string {
  return (texts.at(-1) ?? '').replace(/^[\s\S]*\n\nCondition: /, '')
}

function withoutIds(text: string): string {
  return text.replace(/\{\{UUID\d+\}\}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
}

describe('recorded cases of Claude Code 2.1.332', () => {
  it.concurrent.each(cases.filter(({ id }) => left[id] === undefined).map((oracle) => [oracle.id, oracle] as const))(
    '%s',
    { timeout: scaled(30000) },
    async (_id, oracle) => {
      const { got, wanted } = await play(oracle)
      expect(got).toEqual(wanted)
    },
  )

  it('leaves few, each by name and with a reason', () => {
    expect(Object.keys(left).filter((id) => !cases.some((oracle) => oracle.id === id))).toEqual([])
    expect(Object.keys(left).length / cases.length).toBeLessThan(0.06)
  })
})
