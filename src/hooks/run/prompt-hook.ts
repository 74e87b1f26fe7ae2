import { isObject, parseJson } from '../../json.js'
import type { ActionOf, Hook } from '../config/hook.js'
import { failedResult, type HookResult, textResult } from './hook-result.js'

/** Asks a model and returns its answer; `model` null means a small one. Rejects if no answer came. */
export type ModelCall = (prompt: string, model: string | null, signal: AbortSignal) => Promise<string>

const REPLY =
  'Answer with one JSON object and nothing else: {"ok": true} if this is met or allowed, else {"ok": false, "reason": "why, in one sentence"}.'

/** Runs a prompt hook: asks a model whether the event is allowed; its "no" has the effect of exit code 2 of a command. */
export async function runPrompt(
  hook: Hook,
  action: ActionOf<'prompt'>,
  input: string,
  modelCall: ModelCall,
  signal: AbortSignal,
): Promise<HookResult> {
  const { prompt } = action
  const question = prompt.includes('$ARGUMENTS')
    ? prompt.replaceAll('$ARGUMENTS', () => input)
    : `${prompt}\n\nARGUMENTS: ${input}`
  const answer = await modelCall(`${question}\n\n${REPLY}`, action.model, signal)
  const value = parseJson(/\{[\s\S]*\}/.exec(answer)?.[0] ?? '')
  if (!isObject(value) || typeof value.ok !== 'boolean')
    return failedResult('got no {"ok": true} or {"ok": false} from the model')
  if (value.ok) return textResult('')
  const reason = typeof value.reason === 'string' && value.reason !== '' ? value.reason : 'the condition is not met'
  // A prompt hook does not block a user prompt; it stops the turn (claude-code-2.1 section 2, types).
  if (hook.event === 'UserPromptSubmit') return textResult(JSON.stringify({ continue: false, stopReason: reason }))
  // Before a tool call it also ends the turn (oracle h165).
  return { ...textResult('', 2, reason), endsTurn: hook.event === 'PreToolUse' }
}
