import { join } from 'node:path'
import { makePrivateFolder } from '../../paths.js'
import { ENV_FILE_EVENTS, eventRule } from '../config/event-table.js'
import type { Hook } from '../config/hook.js'
import { runCommand } from './command-hook.js'
import { failedResult, type HookResult } from './hook-result.js'
import { runHttp } from './http-hook.js'
import type { PathOf } from './kept-program.js'
import { type CallTool, runTool } from './mcp-tool-hook.js'
import { type ModelCall, runPrompt } from './prompt-hook.js'

export type Payload = Readonly<Record<string, unknown>>

/** The context that hooks of every type run in. */
export interface HookRunContext {
  /** The working directory of the session. */
  readonly projectDir: string
  /** Returns the path with the contents that a file had when the session began. */
  readonly pathOf: PathOf
  /** The environment of the session with the `env` of the settings files. */
  readonly env: NodeJS.ProcessEnv
  /** The folder of the CLAUDE_ENV_FILE files, one subfolder per session. */
  readonly envFolder: string
  readonly modelCall: ModelCall | undefined
  readonly callTool: CallTool | undefined
  readonly signal: AbortSignal | undefined
}

/** Events before the first prompt, which support only command and mcp_tool hooks (claude-code-2.1 section 2, oracle h163). */
const EARLY_EVENTS: ReadonlySet<string> = new Set(['SessionStart', 'Setup'])
/** Default timeout of a prompt hook, in ms. */
const PROMPT_TIMEOUT = 30_000

/** Runs one hook of any type; `at` is its index among the hooks of the event. Never rejects. */
export async function runHook(hook: Hook, at: number, payload: Payload, context: HookRunContext): Promise<HookResult> {
  const { action } = hook
  const input = JSON.stringify(payload)
  const timeoutMs = timeoutOf(hook, context.env)
  if (action.type === 'command') {
    const env = hookEnvironment(hook, at, payload, context)
    return await runCommand(action, input, {
      callCwd: typeof payload.cwd === 'string' ? payload.cwd : null,
      projectDir: context.projectDir,
      pathOf: context.pathOf,
      env,
      timeoutMs,
      signal: context.signal,
    })
  }
  if (action.type !== 'mcp_tool' && EARLY_EVENTS.has(hook.event)) {
    return failedResult(`is of type ${action.type}, which ${hook.event} does not support; write a command hook`)
  }
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = context.signal ? AbortSignal.any([timeout, context.signal]) : timeout
  try {
    return await Promise.race([runOther(hook, payload, input, context, signal), untilAborted(signal)])
  } catch (error) {
    if (timeout.aborted) return failedResult(`took longer than ${timeoutMs / 1000} s`, true)
    return failedResult(context.signal?.aborted ? 'was cancelled' : `failed: ${causeOf(error)}`)
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
    return modelCall
      ? await runPrompt(hook, action, input, modelCall, signal)
      : failedResult('needs a model, and there is none in this run')
  }
  if (action.type !== 'mcp_tool') return failedResult(`has the unknown type ${action.type}`)
  return callTool
    ? await runTool(action, payload, callTool, signal)
    : failedResult('needs MCP servers, and there are none in this run')
}

/** Rejects when the signal aborts, so that a call that ignores its signal is not waited for. */
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
