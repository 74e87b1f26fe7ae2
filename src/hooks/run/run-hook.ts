import { join } from 'node:path'
import { makePrivateFolder } from '../../paths.js'
import { ENV_FILE_EVENTS, eventRule } from '../config/event-table.js'
import type { Hook } from '../config/hook.js'
import { runCommand } from './command-hook.js'
import { failed, type HookResult } from './hook-result.js'
import { runHttp } from './http-hook.js'
import { type CallTool, runTool } from './mcp-tool-hook.js'
import { type ModelCall, runPrompt } from './prompt-hook.js'

export type Payload = Readonly<Record<string, unknown>>

/** What hooks of every type are run with. */
export interface HookRunContext {
  /** Where the session was started. */
  readonly projectDir: string
  /** The environment of the session, with the `env` of the settings files. */
  readonly env: NodeJS.ProcessEnv
  /** Where the files for variables are put, a folder a session. */
  readonly envFolder: string
  readonly modelCall: ModelCall | undefined
  readonly callTool: CallTool | undefined
  readonly signal: AbortSignal | undefined
}

/** Types that have nothing to go by before the first prompt (claude-code-2.1 section 2, oracle h163). */
const EARLY_EVENTS: ReadonlySet<string> = new Set(['SessionStart', 'Setup'])
/** How long a prompt hook waits for its answer, in ms. */
const PROMPT_TIMEOUT = 30_000

/** Runs one hook, whatever its type; `at` is its place among the hooks of the event. It never rejects. */
export async function runHook(hook: Hook, at: number, payload: Payload, context: HookRunContext): Promise<HookResult> {
  const { action } = hook
  const input = JSON.stringify(payload)
  const timeoutMs = timeoutOf(hook, context.env)
  if (action.type === 'command') {
    const cwd = typeof payload.cwd === 'string' ? payload.cwd : context.projectDir
    const env = hookEnvironment(hook, at, payload, context)
    return await runCommand(action, input, {
      cwd,
      projectDir: context.projectDir,
      env,
      timeoutMs,
      signal: context.signal,
    })
  }
  if (action.type !== 'mcp_tool' && EARLY_EVENTS.has(hook.event)) {
    return failed(`is of type ${action.type}, which ${hook.event} has not`)
  }
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = context.signal ? AbortSignal.any([timeout, context.signal]) : timeout
  try {
    return await Promise.race([runOther(hook, payload, input, context, signal), untilAborted(signal)])
  } catch (error) {
    if (timeout.aborted) return failed(`took longer than ${timeoutMs / 1000} s`, true)
    return failed(context.signal?.aborted ? 'was cancelled' : `failed: ${causeOf(error)}`)
  }
}

async function runOther(
  hook: Hook,
  payload: Payload,
  input: string,
  { env, modelCall, callTool }: HookRunContext,
  signal: AbortSignal,
): Promise<HookResult> {
  const { action } = hook
  if (action.type === 'http') return await runHttp(action, input, env, signal)
  if (action.type === 'prompt') {
    return modelCall ? await runPrompt(hook, action, input, modelCall, signal) : failed('has no model to ask here')
  }
  if (action.type !== 'mcp_tool') return failed('is of a type that is not run here')
  return callTool ? await runTool(action, payload, callTool, signal) : failed('has no MCP server to call here')
}

/** What does not heed its signal is not waited for. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function timeoutOf(hook: Hook, env: NodeJS.ProcessEnv): number {
  if (hook.timeoutMs !== null) return hook.timeoutMs
  if (hook.event === 'SessionEnd') {
    return Number(env.CLAUDE_CODE_SESSIONEND_HOOKS_TIMEOUT_MS) || eventRule(hook.event).timeoutMs
  }
  return hook.action.type === 'prompt' ? PROMPT_TIMEOUT : eventRule(hook.event).timeoutMs
}

function hookEnvironment(hook: Hook, at: number, payload: Payload, context: HookRunContext): NodeJS.ProcessEnv {
  const session = String(payload.session_id ?? '')
  const effort = (payload.effort as { level?: unknown } | undefined)?.level
  return {
    ...context.env,
    CLAUDE_PROJECT_DIR: context.projectDir,
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDE_CODE_ENTRYPOINT: 'cli',
    CLAUDE_CODE_CHILD_SESSION: '1',
    ...(typeof effort === 'string' ? { CLAUDE_EFFORT: effort } : {}),
    ...(ENV_FILE_EVENTS.has(hook.event)
      ? { CLAUDE_ENV_FILE: envFile(hook.event, at, session, context.envFolder) }
      : {}),
  }
}

function envFile(event: string, at: number, session: string, envFolder: string): string {
  const folder = join(envFolder, session.replace(/[^\w-]/g, '_') || 'session')
  return join(makePrivateFolder(folder), `${event.toLowerCase()}-hook-${at}.sh`)
}

function causeOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message} (${cause.message})` : (message ?? String(error))
}
