import { isObject, parseJson } from '../../json.js'
import type { ActionOf, Hook } from '../config/hook.js'
import { failed, type HookResult, replied } from './hook-result.js'

/** Asks a model for one answer; `model` null means a small one. Rejects where none came. */
export type ModelCall = (prompt: string, model: string | null, signal: AbortSignal) => Promise<string>

const REPLY =
  'Answer with one JSON object and nothing else: {"ok": true} if this is met or allowed, else {"ok": false, "reason": "why, in one sentence"}.'

/** Asks a model whether the event is all right; its no is what exit code 2 is for a command. */
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
  if (!isObject(value) || typeof value.ok !== 'boolean') return failed('was not answered with {"ok": true or false}')
  if (value.ok) return replied('')
  const reason = typeof value.reason === 'string' && value.reason !== '' ? value.reason : 'the condition is not met'
  // A prompt is not blocked by it, the turn is stopped (claude-code-2.1 section 2, types).
  if (hook.event === 'UserPromptSubmit') return replied(JSON.stringify({ continue: false, stopReason: reason }))
  return replied('', 2, reason)
}
