import { text as readAll } from 'node:stream/consumers'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { nearestName } from '../../commands/slash-prompt.js'
import { readJson } from '../../config/json-text.js'
import { limitProblems } from '../../config/limit-problems.js'
import { readSettings } from '../../config/settings.js'
import { CodexPlusError } from '../../errors.js'
import { EVENT_SUPPORT } from '../../hooks/config/event-support.js'
import { outcomeJson, outcomeText } from '../../hooks/decide/outcome-text.js'
import { type ClaudeHooks, createHookEngine } from '../../hooks/engine.js'
import { listHooks, listText } from '../../hooks/list-hooks.js'
import { isObject } from '../../json.js'
import { noticeLine } from '../../run/notices.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn } from '../../terminal/printable.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** `codex-plus hooks list|run`. */
export async function runHooksCommand(invocation: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  const { settings, notices } = await readSettings({ own: invocation.own, ...context })
  const printed = new Set<string>()
  // An unreadable file is reported once as settings and once as hooks: print it only once.
  const warn = (line: string): void => {
    if (!printed.has(line)) process.stderr.write(noticeLine(line))
    printed.add(line)
  }
  for (const line of notices) warn(line)
  const { enabled, onError } = settings.hooks
  const engine = (assumeTrust: boolean, onNotice: (line: string) => void): ClaudeHooks =>
    createHookEngine({
      ...context,
      onError,
      assumeTrust,
      onNotice,
      onProblems: (lines) => limitProblems(lines).forEach(onNotice),
    })

  let status: ExitStatus = { code: 0, signal: null }
  const program = new Command('codex-plus hooks').description('the hooks of the working directory')
  program
    .command('list')
    .description('list every hook, where it comes from, what serves it, and why one does not run')
    .option('--json', 'print one JSON object')
    .action(({ json }: { json?: boolean }) => {
      const listed = listHooks({ ...context, enabled })
      print(json ? jsonOn(process.stdout, listed, 2) : listText(listed))
    })
  program
    .command('run <event>')
    .description("run the hooks of an event; stdin is the event's JSON as Claude Code gives it to hooks")
    .option('--json', 'print one JSON object')
    .option('--trust', 'run the hooks of this project as if its folder were trusted')
    .action(async (event: string, { json, trust }: { json?: boolean; trust?: boolean }) => {
      const payload = completePayload(event, await readPayload(), context.cwd)
      const hooks = engine(trust === true, warn)
      for (const { hook, why } of hooks.registered().skipped) {
        if (hook.event === event) warn(`${hook.source.file}: a ${event} hook is skipped: ${why}.`)
      }
      if (!EVENT_SUPPORT.some((service) => service.event === event)) warn(unknownEvent(event))
      const interrupt = watchSignals()
      const report = await hooks.run(event, payload, interrupt.signal)
      await hooks.settled(interrupt.signal.aborted ? 0 : NO_LIMIT_MS)
      status = interrupt.status()
      print(json ? jsonOn(process.stdout, outcomeJson(report)) : outcomeText(event, payload, report))
    })
  await runProgram(program, invocation.ownCommand?.slice(1) ?? [])
  return status
}

/** Aborts on the first signal. It has to end the hooks too: they run in process groups of their own. */
function watchSignals(): { signal: AbortSignal; status(): ExitStatus } {
  const abort = new AbortController()
  let status: ExitStatus = { code: 0, signal: null }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      status = { code: null, signal }
      abort.abort()
    })
  }
  return { signal: abort.signal, status: () => status }
}

/** The warning about an unknown event. Claude Code accepts one in its files; for `hooks run` it is a typing error. */
function unknownEvent(event: string): string {
  const near = nearestName(
    event,
    EVENT_SUPPORT.map((service) => service.event),
  )
  return `there is no event ${event}${near === null ? '.' : `; did you mean ${near}?`}`
}

/** The time limit for asynchronous hooks, in ms: longer than the timeout of any hook. */
const NO_LIMIT_MS = 2 ** 31 - 1

type Payload = Readonly<Record<string, unknown>>

async function readPayload(): Promise<Payload> {
  const text = process.stdin.isTTY ? '' : await readAll(process.stdin)
  if (text.trim() === '') return {}
  const json = readJson(text)
  if ('line' in json) throw usage(`stdin:${json.line}: the payload is not valid JSON.`)
  if (isObject(json.value)) return json.value
  throw usage('the payload on stdin is not a JSON object.')
}

/** Adds the fields that every payload has, if they were not given; they come first. */
function completePayload(event: string, payload: Payload, cwd: string): Payload {
  const common = { session_id: '00000000-0000-0000-0000-000000000000', cwd, hook_event_name: event }
  const missing = Object.entries(common).filter(([key]) => payload[key] === undefined)
  return { ...Object.fromEntries(missing), ...payload, hook_event_name: event }
}

function usage(message: string): CodexPlusError {
  return new CodexPlusError('CP_USAGE', message, { hint: 'Give the JSON that Claude Code gives its hooks.' })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
