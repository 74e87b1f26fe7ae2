import { redact } from '../../log/redact.js'
import { eventRule } from '../config/event-table.js'
import { type Hook, hookName } from '../config/hook.js'
import type { HookResult } from '../run/hook-result.js'
import type { HookRun } from './event-outcome.js'
import { type HookOutput, parseOutput } from './parse-output.js'

/** A block by a hook. */
export interface Block {
  /** The name of the hook. */
  readonly hook: string
  /** With exit code 2: `[name]: stderr`. */
  readonly reason: string
  readonly byExitCode: boolean
}

/** A text from a hook for the model. */
export interface HookContext {
  /** `context`: `additionalContext`; `plain`: plain stdout; `late`: output of an async hook. */
  readonly kind: 'context' | 'plain' | 'late'
  readonly text: string
}

/** The result of one hook, interpreted by the rules of its event. */
export interface Verdict {
  readonly run: HookRun
  readonly block: Block | null
  readonly permission: 'allow' | 'deny' | 'ask' | null
  readonly permissionReason: string | null
  readonly updatedInput: Readonly<Record<string, unknown>> | null
  readonly context: HookContext | null
  readonly systemMessage: string | null
  readonly continue: boolean
  readonly stopReason: string | null
  readonly suppressOriginalPrompt: boolean
  /** A one-line warning; null if there is none. */
  readonly problem: string | null
}

export interface VerdictOptions {
  readonly payload: Readonly<Record<string, unknown>>
  readonly ms: number
  /** Whether a hook that could not be evaluated blocks the operation (`hooks.onError: closed`). */
  readonly failClosed: boolean
}

/** Events for which `hooks.onError: closed` turns a failed hook into a block. */
const FAIL_CLOSED_EVENTS: ReadonlySet<string> = new Set([
  'PreToolUse',
  'PermissionRequest',
  'UserPromptSubmit',
  'UserPromptExpansion',
])
/** Events that decide whether a tool call may run. */
const DECISION_EVENTS: ReadonlySet<string> = new Set(['PreToolUse', 'PermissionRequest'])

/** Interprets the result of a hook: the exit code first, then the output (claude-code-2.1 section 2). */
export function readVerdict(hook: Hook, reply: HookResult, options: VerdictOptions): Verdict {
  const rule = eventRule(hook.event)
  const name = hookName(hook)
  const { exitCode, failure, stderr } = reply
  if (failure !== null) return broken(hook, reply, `${failure}${detail(stderr)}`, options)
  if (exitCode === 2) {
    const reason = stderr.trim() === '' ? 'No stderr output' : stderr
    if (!rule.blocks) {
      return broken(hook, reply, `exited with 2, which cannot block ${hook.event}: ${reason.trim()}`, options)
    }
    return blocked(hook, reply, { hook: name, reason: `[${name}]: ${reason}`, byExitCode: true }, options)
  }
  // Truncated JSON must not be interpreted.
  if (reply.truncated && reply.stdout.trimStart().startsWith('{'))
    return broken(hook, reply, 'printed too much JSON; the limit is 4 MiB', options)
  const parsed = parseOutput(hook.event, reply.stdout)
  if (parsed.kind === 'invalid') return broken(hook, reply, parsed.problem, options)
  if (parsed.kind === 'structured') return structured(hook, reply, parsed.output, options)
  if (exitCode !== 0) return broken(hook, reply, `exited with ${exitCode}${detail(stderr)}`, options)
  const context = rule.plain && parsed.text !== '' ? ({ kind: 'plain', text: parsed.text } as const) : null
  return { ...silent(hook, reply, 'success', options), context }
}

function structured(hook: Hook, reply: HookResult, output: HookOutput, options: VerdictOptions): Verdict {
  const { event } = hook
  const rule = eventRule(event)
  const decides = DECISION_EVENTS.has(event)
  const legacy = output.decision === 'block' ? 'deny' : output.decision === 'approve' ? 'allow' : null
  const permission = decides ? strictest([output.permission, legacy]) : null
  const stops = decides ? permission === 'deny' : rule.blocks && output.decision === 'block'
  // Of two answers that contradict each other, the reason is that of the one that counts.
  const given =
    decides && permission !== output.permission
      ? (output.reason ?? output.permissionReason)
      : (output.permissionReason ?? output.reason)
  const reason =
    given ?? (event === 'PreToolUse' ? `Hook ${toolOf(event, options)} denied this tool` : 'Blocked by hook')
  return {
    ...silent(hook, reply, stops ? 'blocked' : 'success', options),
    block: stops ? { hook: hookName(hook), reason, byExitCode: false } : null,
    permission,
    permissionReason: given,
    updatedInput: decides ? output.updatedInput : null,
    context: output.additionalContext === null ? null : { kind: 'context', text: output.additionalContext },
    systemMessage: output.systemMessage,
    continue: output.continue || !rule.stops,
    stopReason: rule.stops && !output.continue ? output.stopReason : null,
    suppressOriginalPrompt: output.suppressOriginalPrompt,
    problem: unsupportedWarning(hook, output),
  }
}

/** Strictest first. */
const PERMISSIONS = ['deny', 'ask', 'allow'] as const

/** Returns the strictest of several decisions; null if there is none. */
export function strictest(decisions: ReadonlyArray<Verdict['permission']>): Verdict['permission'] {
  return PERMISSIONS.find((value) => decisions.includes(value)) ?? null
}

/** Returns a warning about output fields that codex does not support; null if there are none. */
function unsupportedWarning(hook: Hook, { unsupported }: HookOutput): string | null {
  if (unsupported.length === 0) return null
  const fields = unsupported.join(', ')
  return `${hook.source.file}: the ${hook.event} hook [${hookName(hook)}] returned ${fields}, which codex does not support; it is ignored.`
}

function blocked(hook: Hook, reply: HookResult, block: Block, options: VerdictOptions): Verdict {
  const permission = DECISION_EVENTS.has(hook.event) ? 'deny' : null
  return { ...silent(hook, reply, 'blocked', options), block, permission, permissionReason: block.reason }
}

/** The verdict of a hook that could not be evaluated: it blocks only with `hooks.onError: closed`. */
function broken(hook: Hook, reply: HookResult, failure: string, options: VerdictOptions): Verdict {
  const name = hookName(hook)
  const problem = `${hook.source.file}: the ${hook.event} hook [${name}] ${failure}.`
  if (options.failClosed && FAIL_CLOSED_EVENTS.has(hook.event)) {
    const reason = `The hook [${name}] could not be evaluated: it ${failure}.`
    const closed = blocked(hook, reply, { hook: name, reason, byExitCode: false }, options)
    return { ...closed, run: { ...closed.run, outcome: reply.timedOut ? 'timeout' : 'error' }, problem }
  }
  return { ...silent(hook, reply, reply.timedOut ? 'timeout' : 'error', options), problem }
}

function silent(hook: Hook, { exitCode }: HookResult, outcome: HookRun['outcome'], { ms }: VerdictOptions): Verdict {
  const isProcess = hook.action.type === 'command'
  return {
    run: { command: hookName(hook), source: hook.source.file, exitCode: isProcess ? exitCode : null, ms, outcome },
    block: null,
    permission: null,
    permissionReason: null,
    updatedInput: null,
    context: null,
    systemMessage: null,
    continue: true,
    stopReason: null,
    suppressOriginalPrompt: false,
    problem: null,
  }
}

function toolOf(event: string, { payload }: VerdictOptions): string {
  return typeof payload.tool_name === 'string' ? `${event}:${payload.tool_name}` : event
}

/** Returns `: ` and the first line of stderr, redacted; empty if stderr is empty. */
function detail(stderr: string): string {
  const [line = ''] = stderr.trim().split('\n', 1)
  return line === '' ? '' : `: ${redact(line.slice(0, 300))}`
}
