import { isObject, parseJson } from '../../json.js'
import type { ActionOf } from '../config/hook.js'
import { failed, type HookResult, replied } from './hook-result.js'

/** The most an answer may be, in characters. */
const LIMIT = 4 * 1024 * 1024

/** Posts the event to a URL: 2xx with JSON is the output, 2xx without a body says nothing, all else (a redirection, too) is no answer. */
export async function runHttp(
  action: ActionOf<'http'>,
  input: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<HookResult> {
  const headers = Object.fromEntries(
    Object.entries(action.headers).map(([name, value]) => [name, fillIn(value, action.allowedEnvVars, env)]),
  )
  const response = await fetch(action.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: input,
    // What stands in the headers is for this URL alone.
    redirect: 'manual',
    signal,
  })
  const text = (await response.text()).slice(0, LIMIT)
  if (!response.ok) return failed(`was answered ${response.status}`)
  if (text.trim() === '' || isObject(parseJson(text))) return replied(text)
  return failed('was answered with something that is no JSON object')
}

/** `$NAME` and `${NAME}` of the allowed variables; others are left empty. */
function fillIn(value: string, allowed: readonly string[], env: NodeJS.ProcessEnv): string {
  return value.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? ''
    return allowed.includes(name) ? (env[name] ?? '') : ''
  })
}
