import { isObject, parseJson } from '../../json.js'
import { readLimited } from '../../stream/read-limited.js'
import type { ActionOf } from '../config/hook.js'
import { failedResult, type HookResult, textResult } from './hook-result.js'

/** Maximum size of a response, in bytes. */
const LIMIT = 4 * 1024 * 1024

/**
 * Posts the event to a URL. A 2xx response with a JSON object is the output, an empty 2xx response is no output; any other
 * response, also a redirection, is a failure.
 */
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
    // The headers may hold secrets for this URL: do not send them to another one.
    redirect: 'manual',
    signal,
  })
  if (!response.ok) {
    await response.body?.cancel()
    return failedResult(`got HTTP status ${response.status}; only 2xx counts as a result`)
  }
  const body = await readLimited(response.body ?? [], LIMIT)
  if (body === null) return failedResult(`got a response of more than ${LIMIT / 1024 / 1024} MB`)
  const text = body.toString('utf8')
  if (text.trim() === '' || isObject(parseJson(text))) return textResult(text)
  return failedResult('got a response that is not a JSON object')
}

/** Replaces `$NAME` and `${NAME}` by the allowed variables; others become empty. */
function fillIn(value: string, allowed: readonly string[], env: NodeJS.ProcessEnv): string {
  return value.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? ''
    return allowed.includes(name) ? (env[name] ?? '') : ''
  })
}
