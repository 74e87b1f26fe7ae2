import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type OracleCase, stage } from '../commands/oracle/case.js'
import { filesBelow } from '../hooks/oracle/compare.js'
import type { Reply } from '../hooks/oracle/drive.js'
import { type HookAnswers, type ModelRequest, startMessagesApi } from './messages-api.js'

/** A recorded case, of commands, hooks or MCP. */
export interface CompatCase extends Omit<OracleCase, 'prompt' | 'expect'> {
  readonly prompt?: string | null
  readonly turns?: readonly string[]
  readonly script?: readonly Reply[]
  readonly cliArgs?: readonly string[]
  readonly sideReply?: { readonly text: string }
  readonly httpHooks?: HookAnswers
}

/** What a run of Claude Code comes to. */
export interface ClaudeRun {
  readonly requests: readonly ModelRequest[]
  readonly results: ReadonlyArray<{ readonly result?: string; readonly stop_reason: string | null }>
  /** The files that were written, by their path below the root. */
  readonly created: ReadonlyMap<string, string>
  readonly root: string
  /** The text with the case's placeholders filled in. */
  fill(text: string): string
}

/** Time limit of one case, in ms. */
const LIMIT_MS = 90_000

/** Sets a case up and runs Claude Code's `-p` with it, as the recordings were made (README.md). */
export async function runClaude(binary: string, oracle: CompatCase): Promise<ClaudeRun> {
  const api = await startMessagesApi(oracle.script ?? [], oracle.sideReply?.text, oracle.httpHooks)
  const filled = JSON.parse(JSON.stringify(oracle).replaceAll('{{MOCKPORT}}', String(api.port))) as CompatCase
  const place = stage(filled as unknown as OracleCase)
  try {
    acceptKey(place.home)
    const before = filesBelow(place.root)
    const turns = (oracle.turns ?? [oracle.prompt ?? '']).map(place.fill)
    const args = [
      '-p',
      '--output-format',
      'stream-json',
      '--input-format',
      'stream-json',
      '--verbose',
      '--effort',
      'high',
    ]
    const child = spawn(binary, [...args, ...(oracle.cliArgs ?? []).map(place.fill)], {
      cwd: place.cwd,
      env: {
        PATH: process.env.PATH,
        HOME: place.home,
        LANG: 'C.UTF-8',
        ANTHROPIC_API_KEY: 'dummy',
        ANTHROPIC_BASE_URL: `http://127.0.0.1:${api.port}`,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
        ORACLE_ROOT: place.root,
        ...(JSON.parse(place.fill(JSON.stringify(oracle.env ?? {}))) as NodeJS.ProcessEnv),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: LIMIT_MS,
    })
    const messages = turns.map((content) => ({ type: 'user', message: { role: 'user', content } }))
    child.stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(''))
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part
    })
    await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()))
    const created = new Map([...filesBelow(place.root)].filter(([path, text]) => before.get(path) !== text))
    const { root, fill } = place
    return { requests: [...api.requests], results: resultsIn(output), created, root, fill }
  } finally {
    await api.close()
    place.remove()
  }
}

/** Claude Code asks once about a key in the environment. */
function acceptKey(home: string): void {
  const file = join(home, '.claude.json')
  mkdirSync(home, { recursive: true })
  const values = { hasCompletedOnboarding: true, customApiKeyResponses: { approved: ['dummy'], rejected: [] } }
  try {
    writeFileSync(file, JSON.stringify(values), { flag: 'wx' })
  } catch {
    // The case brings a file of its own.
  }
}

function resultsIn(output: string): Array<{ result?: string; stop_reason: string | null }> {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    const value = JSON.parse(line) as { type: string; result?: string; stop_reason?: string | null }
    if (value.type !== 'result') return []
    return [{ ...(value.result !== undefined && { result: value.result }), stop_reason: value.stop_reason ?? null }]
  })
}
