import { redact } from '../../log/redact.js'
import { eventRule } from '../config/event-table.js'
import { type Hook, hookName } from '../config/hook.js'
import type { HookResult } from '../run/hook-result.js'
import type { HookRun } from './event-outcome.js'
import { type HookOutput, parseOutput } from './parse-output.js'

/** Why a hook stopped something. */
export interface Block {
  /** What names the hook. */
  readonly hook: string
  /** With exit code 2: `[name]: what it wrote to stderr`. */
  readonly reason: string
  readonly byExitCode: boolean
}

/** Something a hook has to say to the model. */
export interface HookContext {
  /** `plain`: what it printed; `late`: of a hook that nobody waited for. */
  readonly kind: 'context' | 'plain' | 'late'
  readonly text: string
}

/** What one hook said, read by the rules of its event. */
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
  /** What went wrong, as a line; it stops nothing. */
  readonly problem: string | null
}

export interface VerdictOptions {
  readonly payload: Readonly<Record<string, unknown>>
  readonly ms: number
  /** Whether a hook that could not be evaluated stops what it was asked about. */
  readonly closed: boolean
}

/** Events of which a hook that fails may be taken for a no. */
const CLOSABLE: ReadonlySet<string> = new Set([
  'PreToolUse',
  'PermissionRequest',
  'UserPromptSubmit',
  'UserPromptExpansion',
])
/** Events that decide about the call of a tool. */
const DECIDING: ReadonlySet<string> = new Set(['PreToolUse', 'PermissionRequest'])

/** Reads what came of a hook: its exit code first, then what it printed (claude-code-2.1 section 2). */
export function readVerdict(hook: Hook, reply: HookResult, options: VerdictOptions): Verdict {
  const rule = eventRule(hook.event)
  const name = hookName(hook)
  const { exitCode, failure, stderr } = reply
  if (failure !== null) return broken(hook, reply, `${failure}${detail(stderr)}`, options)
  if (exitCode === 2) {
    const reason = stderr.trim() || 'No stderr output'
    if (!rule.blocks) return broken(hook, reply, `exited with 2, which stops nothing here: ${reason}`, options)
    return blocked(hook, reply, { hook: name, reason: `[${name}]: ${reason}`, byExitCode: true }, options)
  }
  // A part of an answer may mean anything.
  if (reply.truncated && reply.stdout.trimStart().startsWith('{'))
    return broken(hook, reply, 'printed too much', options)
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
  const decides = DECIDING.has(event)
  const legacy = output.decision === 'block' ? 'deny' : output.decision === 'approve' ? 'allow' : null
  const permission = decides ? (output.permission ?? legacy) : null
  const stops = decides ? permission === 'deny' : rule.blocks && output.decision === 'block'
  const given = output.permissionReason ?? output.reason
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
    problem: unhonoured(hook, output),
  }
}

/** One line about what cannot be done for a hook; null where all can. */
function unhonoured(hook: Hook, { unhonoured: words }: HookOutput): string | null {
  if (words.length === 0) return null
  const said = words.join(', ')
  return `${hook.source.file}: the ${hook.event} hook [${hookName(hook)}] said ${said}, which codex cannot honour.`
}

function blocked(hook: Hook, reply: HookResult, block: Block, options: VerdictOptions): Verdict {
  const permission = DECIDING.has(hook.event) ? 'deny' : null
  return { ...silent(hook, reply, 'blocked', options), block, permission, permissionReason: block.reason }
}

/** A hook that gave no answer: it stops nothing, unless its user would rather have it so. */
function broken(hook: Hook, reply: HookResult, failure: string, options: VerdictOptions): Verdict {
  const name = hookName(hook)
  const problem = `${hook.source.file}: the ${hook.event} hook [${name}] ${failure}.`
  if (options.closed && CLOSABLE.has(hook.event)) {
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

/** The first line of what it wrote to stderr. */
function detail(stderr: string): string {
  const [line = ''] = stderr.trim().split('\n', 1)
  return line === '' ? '' : `: ${redact(line.slice(0, 300))}`
}
