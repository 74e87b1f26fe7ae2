import { isObject } from '../../json.js'

type Values = Readonly<Record<string, unknown>>

/** The validated JSON output of a hook. */
export interface HookOutput {
  readonly continue: boolean
  readonly stopReason: string | null
  readonly systemMessage: string | null
  /** The legacy field `decision`. */
  readonly decision: 'approve' | 'block' | null
  readonly reason: string | null
  readonly additionalContext: string | null
  readonly permission: 'allow' | 'deny' | 'ask' | null
  readonly permissionReason: string | null
  readonly updatedInput: Values | null
  readonly suppressOriginalPrompt: boolean
  /** Fields of the output that codex does not support. */
  readonly unsupported: readonly string[]
}

/** The output of a hook: plain text, valid JSON output, or JSON with invalid fields. */
export type ParsedOutput =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'structured'; readonly output: HookOutput }
  | { readonly kind: 'invalid'; readonly problem: string }

const STRINGS = ['stopReason', 'systemMessage', 'reason'] as const
const SPECIFIC_STRINGS = ['additionalContext', 'permissionDecisionReason', 'initialUserMessage'] as const
/** `defer` ends Claude Code's turn so that its caller decides; codex-plus treats it as `ask`. */
const PERMISSIONS: Readonly<Record<string, 'allow' | 'deny' | 'ask'>> = {
  allow: 'allow',
  deny: 'deny',
  ask: 'ask',
  defer: 'ask',
}

/**
 * Parses the stdout of a hook: one JSON object, otherwise plain text. An invalid field makes the whole object invalid;
 * unknown fields are ignored (claude-code-2.1 section 2).
 */
export function parseOutput(event: string, stdout: string): ParsedOutput {
  const text = stdout.trim()
  const value = text.startsWith('{') ? parsed(text) : undefined
  if (!isObject(value)) return { kind: 'plain', text }
  const specific = value.hookSpecificOutput ?? {}
  const problem = generalProblem(value) ?? (isObject(specific) ? specificProblem(event, value, specific) : NO_OBJECT)
  if (problem !== null) return { kind: 'invalid', problem: `Hook JSON output validation failed: ${problem}` }
  return { kind: 'structured', output: structured(value, specific as Values) }
}

const STRICTEST_FIRST = ['deny', 'ask', 'allow'] as const

const NO_OBJECT = 'hookSpecificOutput is not an object'

function structured(value: Values, specific: Values): HookOutput {
  const request = isObject(specific.decision) ? specific.decision : {}
  const { updatedInput = request.updatedInput } = specific
  const words = [specific.permissionDecision, request.behavior].map((word) => PERMISSIONS[String(word)])
  const permission = STRICTEST_FIRST.find((word) => words.includes(word)) ?? null
  return {
    continue: value.continue !== false,
    stopReason: textOrNull(value.stopReason),
    systemMessage: textOrNull(value.systemMessage),
    decision: (value.decision ?? null) as HookOutput['decision'],
    reason: textOrNull(value.reason),
    additionalContext: textOrNull(specific.additionalContext),
    permission,
    permissionReason: textOrNull(specific.permissionDecisionReason) ?? textOrNull(request.message),
    updatedInput: isObject(updatedInput) ? updatedInput : null,
    suppressOriginalPrompt: specific.suppressOriginalPrompt === true,
    unsupported: unsupportedFields(specific, request),
  }
}

/** codex hooks cannot replace a tool output, set a first prompt, change permission rules or interrupt (codex-0.169 section 5.1). */
function unsupportedFields(specific: Values, request: Values): string[] {
  const given = { ...specific, ...request }
  const keys = ['updatedToolOutput', 'updatedMCPToolOutput', 'initialUserMessage', 'updatedPermissions', 'interrupt']
  const found = keys.filter((key) => given[key] !== undefined && given[key] !== false)
  return specific.permissionDecision === 'defer' ? [...found, 'defer'] : found
}

function generalProblem(value: Values): string | null {
  for (const key of ['continue', 'suppressOutput']) {
    if (value[key] !== undefined && typeof value[key] !== 'boolean') return `${key} is not true or false`
  }
  const wrong = STRINGS.find((key) => value[key] !== undefined && typeof value[key] !== 'string')
  if (wrong !== undefined) return `${wrong} is not a string`
  const { decision } = value
  if (decision === undefined || decision === 'approve' || decision === 'block') return null
  return `decision is ${JSON.stringify(decision)}, not "approve" or "block"`
}

function specificProblem(event: string, value: Values, specific: Values): string | null {
  if (value.hookSpecificOutput === undefined) return null
  const { hookEventName, permissionDecision, updatedInput, decision } = specific
  if (hookEventName === undefined) return `hookSpecificOutput has no hookEventName; write ${JSON.stringify(event)}`
  if (hookEventName !== event) return `expected the event '${event}' but got ${JSON.stringify(hookEventName)}`
  const wrong = SPECIFIC_STRINGS.find((key) => specific[key] !== undefined && typeof specific[key] !== 'string')
  if (wrong !== undefined) return `hookSpecificOutput.${wrong} is not a string`
  if (updatedInput !== undefined && !isObject(updatedInput)) return 'hookSpecificOutput.updatedInput is not an object'
  if (permissionDecision !== undefined && !Object.hasOwn(PERMISSIONS, String(permissionDecision))) {
    return `permissionDecision is ${JSON.stringify(permissionDecision)}, not "allow", "deny" or "ask"`
  }
  return event === 'PermissionRequest' ? requestProblem(decision) : null
}

function requestProblem(decision: unknown): string | null {
  if (decision === undefined) return null
  if (!isObject(decision)) return 'hookSpecificOutput.decision is not an object'
  const { behavior, message, updatedInput } = decision
  if (behavior !== 'allow' && behavior !== 'deny')
    return `behavior is ${JSON.stringify(behavior)}, not "allow" or "deny"`
  if (message !== undefined && typeof message !== 'string') return 'the message of the decision is not a string'
  return updatedInput === undefined || isObject(updatedInput) ? null : 'updatedInput of the decision is not an object'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
