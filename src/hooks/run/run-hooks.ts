// This folder runs hooks: one file per type (command, http, prompt, mcp_tool), run-hook.ts for one, this file for an event.
import { setMaxListeners } from 'node:events'
import { fittedOutput } from '../../commands/kept-output.js'
import { redact } from '../../log/redact.js'
import type { Hook } from '../config/hook.js'
import type { SessionState } from '../config/session-hooks.js'
import { type AggregatedOutcome, aggregateVerdicts } from '../decide/aggregate.js'
import { readVerdict, type Verdict } from '../decide/hook-decision.js'
import { selectHooks } from '../select/select-hooks.js'
import { type HookRunContext, type Payload, runHook } from './run-hook.js'

export interface RunOptions {
  readonly home: string
  readonly outputFolder: string
  /** Whether a hook that fails blocks the operation (`hooks.onError: closed`). */
  readonly failClosed: boolean
  readonly session: SessionState
  /** The running async hooks. */
  readonly background: Set<Promise<void>>
  /** Aborted when the async hooks have to end. */
  readonly ending: AbortSignal
  readonly context: HookRunContext
  onNotice(line: string): void
}

/** A longer text, in characters, is stored in a file and replaced by a preview. */
const LONGEST = 10_000
/** Events whose contexts reach the model, so that they can deliver the output of async hooks. */
const CARRIERS: ReadonlySet<string> = new Set([
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
])

/** Runs the hooks that match a payload in parallel and combines their results. Never rejects. */
export async function runHooks(
  event: string,
  candidates: readonly Hook[],
  payload: Payload,
  options: RunOptions,
): Promise<AggregatedOutcome> {
  const { session } = options
  const hooks = selectHooks(candidates, payload, options.home, session.ranOnce)
  for (const hook of hooks) if (isOnce(hook)) session.ranOnce.add(hook)
  // Every hook adds a listener; node warns on stderr about more than ten.
  const { signal } = options.context
  for (const target of [signal, options.ending]) if (target) setMaxListeners(0, target)
  const finished: Verdict[] = []
  const waiting = hooks.map(async (hook, at) => {
    if (isAsync(hook)) return startInBackground(hook, at, payload, options)
    finished.push(await runOne(hook, at, payload, options))
  })
  await Promise.all(waiting)
  for (const { problem } of finished) if (problem !== null) options.onNotice(redact(problem))
  const shorten = (text: string): string => fitted(text, options)
  const report = aggregateVerdicts(event, finished, shorten)
  return CARRIERS.has(event) ? withLate(report, session) : report
}

async function runOne(hook: Hook, at: number, payload: Payload, options: RunOptions): Promise<Verdict> {
  const begun = performance.now()
  // An async hook outlives the call, so the signal of the call does not end it.
  const context = isAsync(hook) ? { ...options.context, signal: options.ending } : options.context
  const result = await runHook(hook, at, payload, context)
  const ms = Math.round((performance.now() - begun) * 10) / 10
  return readVerdict(hook, result, { ms, failClosed: options.failClosed && !isAsync(hook) })
}

function startInBackground(hook: Hook, at: number, payload: Payload, options: RunOptions): void {
  const running: Promise<void> = runOne(hook, at, payload, options)
    .then(({ systemMessage, context, problem }) => {
      options.background.delete(running)
      if (problem !== null) options.onNotice(redact(problem))
      const lines = [systemMessage, context?.text].filter((line) => line !== null && line !== undefined)
      if (lines.length > 0) options.session.late.push({ kind: 'late', text: fitted(lines.join('\n'), options) })
    })
    .catch((error: unknown) => {
      options.background.delete(running)
      options.onNotice(redact(`an async ${hook.event} hook failed: ${String(error)}.`))
    })
  options.background.add(running)
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
    // The file cannot be written: truncate the text.
    return text.slice(0, LONGEST)
  }
}

function isAsync({ action }: Hook): boolean {
  return action.type === 'command' && action.async
}

/** `once` works only in the front matter of commands; Claude Code ignores it in settings files. */
function isOnce({ once, source }: Hook): boolean {
  return once && source.scope === 'command'
}
