import { join } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { readCodexConfig } from '../../config/codex-upstream.js'
import { readSettings, type Settings } from '../../config/settings.js'
import { CodexPlusError } from '../../errors.js'
import { silentLog } from '../../log/log.js'
import { redact } from '../../log/redact.js'
import { gitRoot } from '../../paths.js'
import { noticeLine } from '../../run/notices.js'
import { openUpstream } from '../../run/open-upstream.js'
import { formatMs, formatTokens } from '../../session/format-units.js'
import { readResponseEnd } from '../../session/response-entries.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn, printableOn } from '../../terminal/printable.js'
import { type KeptRequest, readKept } from '../../trace/kept-request.js'
import { readAnswer, replayLogin, replayRequest } from '../../trace/replay-request.js'
import { traceFolder } from '../../trace/trace-folder.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

interface ReplayOptions {
  readonly raw?: boolean
  readonly json?: boolean
}

/** `plus replay ID`: sends a stored request again, with a login from the environment. Returns exit code 1 if it fails. */
export async function runReplay(invocation: CodexInvocation, { env, cwd }: SubcommandContext): Promise<ExitStatus> {
  const { settings } = await readSettings({ own: invocation.own, env, cwd })
  const config = readCodexConfig({ invocation, env, cwd, gitRoot: gitRoot(cwd) })
  const base = settings.upstream ?? config.upstream?.url ?? null
  let code = 0
  const program = new Command('codex-plus plus replay')
    .description(
      'send a request again that --plus-trace stored; the login comes from CODEX_API_KEY, OPENAI_API_KEY or CODEX_ACCESS_TOKEN',
    )
    .argument('<id>', 'the id that `codex-plus plus trace` shows')
    .option('--raw', 'print the bytes of the response as they arrive')
    .option('--json', 'print the response as one JSON object')
    .addHelpText('after', '\n--plus-upstream <echo|URL> sends it to another upstream.')
    .action(async (id: string, options: ReplayOptions) => {
      const kept = readKept(join(traceFolder(env), 'requests'), id)
      code = (await replay(kept, { settings, base, env, options })) ? 0 : 1
    })
  await runProgram(program, invocation.ownCommand?.slice(2) ?? [])
  return { code, signal: null }
}

interface ReplayPlan {
  readonly settings: Settings
  readonly base: 'echo' | URL | null
  readonly env: NodeJS.ProcessEnv
  readonly options: ReplayOptions
}

async function replay(kept: KeptRequest, { settings, base, env, options }: ReplayPlan): Promise<boolean> {
  // The echo upstream is never given a login.
  const login = base === 'echo' ? null : replayLogin(kept, env)
  if (login === null && base === null) {
    throw new CodexPlusError('CP_USAGE', 'plus replay: there is no login in the environment.', {
      hint: 'Set CODEX_API_KEY, OPENAI_API_KEY or CODEX_ACCESS_TOKEN, or give --plus-upstream.',
    })
  }
  const notify = (line: string): void => void process.stderr.write(noticeLine(line))
  const upstream = openUpstream({ settings, base, env, log: silentLog, onNotice: notify })
  try {
    const begun = performance.now()
    const signal = new AbortController().signal
    const addressed = await upstream.address({ ...replayRequest(kept, login), signal })
    const response = await upstream.send(addressed)
    const headersMs = performance.now() - begun
    const events: unknown[] = []
    let text = ''
    let final: string | null = null
    let body = ''
    const { finished } = await readAnswer(kept.path, response, {
      bytes(part) {
        if (options.raw) process.stdout.write(part)
        else if (body.length < BODY_SHOWN) body += part.toString('utf8')
      },
      event(type, data) {
        if (/^response\.(completed|failed|incomplete)$/.test(type)) final = data
        if (options.json) events.push(jsonOf(data))
      },
      text(piece) {
        text += piece
        if (!options.raw && !options.json) process.stdout.write(printableOn(process.stdout, piece))
      },
    })
    const end = final === null ? null : readResponseEnd(final)
    const ms = performance.now() - begun
    const good = finished && response.status < 400
    if (options.json) {
      const tokens = end?.tokens ?? null
      const result = {
        id: kept.id,
        status: response.status,
        finished,
        error: end?.error ?? null,
        text,
        tokens,
        headersMs,
        ms,
      }
      process.stdout.write(`${jsonOn(process.stdout, { ...result, events }, 2)}\n`)
    } else if (!options.raw) {
      if (text !== '' && !text.endsWith('\n')) process.stdout.write('\n')
      if (!good && events.length === 0 && text === '') notify(redact(body.slice(0, BODY_SHOWN)))
    }
    const tokens = end?.tokens ? `, ${formatTokens(end.tokens)} tokens` : ''
    const where = addressed.url.origin === 'http://echo.invalid' ? 'echo' : addressed.url.host
    notify(`${where} answered ${response.status} after ${formatMs(headersMs)}, ${formatMs(ms)} in all${tokens}.`)
    if (end?.error) notify(redact(end.error))
    else if (!good) notify(response.status >= 400 ? 'The request was refused.' : 'The response was cut off.')
    return good
  } finally {
    await upstream.close()
  }
}

/** How much of a response that is not a stream is shown, in UTF-16 units. */
const BODY_SHOWN = 4000

function jsonOf(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}
