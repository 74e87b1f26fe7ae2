import { setMaxListeners } from 'node:events'
import { fittedOutput } from '../../commands/kept-output.js'
import { redact } from '../../log/redact.js'
import type { Hook } from '../config/hook.js'
import type { SessionState } from '../config/session-hooks.js'
import { type AggregatedOutcome, decide } from '../decide/aggregate.js'
import { readVerdict, type Verdict } from '../decide/hook-decision.js'
import { selectHooks } from '../select/select-hooks.js'
import { type HookRunContext, type Payload, runHook } from './run-hook.js'

export interface RunOptions {
  readonly home: string
  readonly outputFolder: string
  readonly closed: boolean
  readonly session: SessionState
  /** Where the hooks that nobody waits for are put. */
  readonly later: Set<Promise<void>>
  /** Aborted when they have to end. */
  readonly ending: AbortSignal
  readonly context: HookRunContext
  onNotice(line: string): void
}

/** What is longer than this many characters is kept in a file, with a preview in its place. */
const LONGEST = 10_000
/** Events after which the model is asked, so that they can bring what came late. */
const CARRIERS: ReadonlySet<string> = new Set([
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
])

/** Runs the hooks of an event that are for this payload, all at once, and joins what they say. It never rejects. */
export async function runHooks(
  event: string,
  candidates: readonly Hook[],
  payload: Payload,
  options: RunOptions,
): Promise<AggregatedOutcome> {
  const { session } = options
  const hooks = selectHooks(candidates, payload, options.home, session.spent)
  for (const hook of hooks) if (isOnce(hook)) session.spent.add(hook)
  // Every hook listens; node takes more than ten for a leak and says so on stderr.
  const { signal } = options.context
  for (const heard of [signal, options.ending]) if (heard) setMaxListeners(0, heard)
  const finished: Verdict[] = []
  const waiting = hooks.map(async (hook, at) => {
    if (isAsync(hook)) return startLater(hook, at, payload, options)
    finished.push(await runOne(hook, at, payload, options))
  })
  await Promise.all(waiting)
  for (const { problem } of finished) if (problem !== null) options.onNotice(redact(problem))
  const shorten = (text: string): string => fitted(text, options)
  const report = decide(event, finished, shorten)
  return CARRIERS.has(event) ? withLate(report, session) : report
}

async function runOne(hook: Hook, at: number, payload: Payload, options: RunOptions): Promise<Verdict> {
  const begun = performance.now()
  // Nobody waits for an answer of this one, so the end of the call does not end it.
  const context = isAsync(hook) ? { ...options.context, signal: options.ending } : options.context
  const reply = await runHook(hook, at, payload, context)
  const ms = Math.round((performance.now() - begun) * 10) / 10
  return readVerdict(hook, reply, { payload, ms, closed: options.closed && !isAsync(hook) })
}

function startLater(hook: Hook, at: number, payload: Payload, options: RunOptions): void {
  const running = runOne(hook, at, payload, options).then(({ systemMessage, context, problem }) => {
    options.later.delete(running)
    if (problem !== null) options.onNotice(redact(problem))
    const lines = [systemMessage, context?.text].filter((line) => line !== null && line !== undefined)
    if (lines.length > 0) options.session.late.push({ kind: 'late', text: fitted(lines.join('\n'), options) })
  })
  options.later.add(running)
}

function withLate(report: AggregatedOutcome, session: SessionState): AggregatedOutcome {
  const late = session.late.splice(0)
  if (late.length === 0) return report
  return {
    ...report,
    contexts: [...late, ...report.contexts],
    additionalContext: [...late.map(({ text }) => text), ...report.additionalContext],
  }
}

function fitted(text: string, { outputFolder }: RunOptions): string {
  try {
    return fittedOutput(text, outputFolder, LONGEST)
  } catch {
    // No place to keep it: the model gets what fits.
    return text.slice(0, LONGEST)
  }
}

function isAsync({ action }: Hook): boolean {
  return action.type === 'command' && action.async
}

/** Only a command's front matter may say `once`; in settings files Claude Code passes over it. */
function isOnce({ once, source }: Hook): boolean {
  return once && source.scope === 'command'
}
