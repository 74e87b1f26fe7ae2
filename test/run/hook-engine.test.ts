import { afterEach, describe, expect, it } from 'vitest'
import { readSettings } from '../../src/config/settings.js'
import { silentLog } from '../../src/log/log.js'
import type { ProxyRequest } from '../../src/proxy/exchange.js'
import { RequestBody } from '../../src/request/request-body.js'
import type { Run } from '../../src/run/feature.js'
import { openHookEngines } from '../../src/run/hook-engine.js'
import { openUpstream } from '../../src/run/open-upstream.js'
import { says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { makePlace, type Place } from '../hooks/place.js'

const turn = { thread_id: 't1', turn_id: 'u1', request_kind: 'turn', thread_source: 'user', model: 'gpt-6.1-sol' }
const bash = { session_id: 't1', tool_name: 'Bash', tool_input: { command: 'rm -r x' }, tool_use_id: 'c1' }

describe('the hooks of a run', () => {
  let place: Place
  afterEach(() => place.remove())

  async function ask(answer: string, models: string[], statuses: number[] = []): Promise<object> {
    place = makePlace()
    place.write('home/.claude/settings.json', {
      hooks: { PreToolUse: [{ hooks: [{ type: 'prompt', prompt: 'Is it safe? $ARGUMENTS' }] }] },
    })
    const codex = place.write(
      'codex.mjs',
      `console.log(${JSON.stringify(JSON.stringify({ models: models.map(model) }))})`,
    )
    const upstream = await startScriptedUpstream((n) => {
      const status = statuses[n]
      if (status === undefined) return [says(answer)]
      return (response) => void response.writeHead(status).end('{}')
    })
    const { settings } = await readSettings({ own: {}, env: place.env, cwd: place.project })
    const base = new URL(upstream.url)
    const opened = openUpstream({ settings, base, env: place.env, log: silentLog, onNotice: () => {} })
    const run = {
      folder: place.project,
      env: place.env,
      settings,
      codex: { file: process.execPath, argsPrefix: [codex], env: {}, found: 'path', ignored: [] },
      notices: { say: (line: string) => void place.notices.push(line), hold() {}, release() {} },
      offers: { status: new Map(), upstream: opened },
      confirmedOf: () => {},
      log: silentLog,
    } as unknown as Run
    const { of, openModelCall } = openHookEngines(run)
    const hooks = of(place.project)
    expect(run.offers.hooksOf?.(place.project)).toBe(hooks)
    const observer = await openModelCall()
    observer.sent?.(request())
    try {
      const { decision, reason, runs } = await hooks.run('PreToolUse', bash)
      const asked = upstream.turns.map(({ headers, body }) => ({
        model: body.model,
        authorization: headers.authorization,
        turn: headers['x-codex-turn-metadata'],
        text: JSON.stringify(body.input),
      }))
      return { decision, reason, outcome: runs[0]?.outcome, asked }
    } finally {
      await opened.close()
      await upstream.close()
    }
  }

  it('let a hook ask a small model of the same kind, with the login of the session', async () => {
    const result = await ask('{"ok": false, "reason": "it deletes"}', ['gpt-6.1-sol', 'gpt-6-luna'])
    expect(result).toMatchObject({
      decision: 'deny',
      reason: '[Is it safe? $ARGUMENTS]: it deletes',
      asked: [{ model: 'gpt-6-luna', authorization: 'Bearer sk-test', turn: undefined }],
    })
    expect(JSON.stringify(result)).toContain('rm -r x')
  })

  it("ask the session's own model where the small one is not to be had", async () => {
    const result = await ask('Sure: {"ok": true}', ['gpt-6.1-sol', 'gpt-6-luna'], [404])
    expect(result).toMatchObject({ decision: null, outcome: 'success', asked: [{}, { model: 'gpt-6.1-sol' }] })
  })

  it('let pass what the model gave no answer to, with a line', async () => {
    const result = await ask('I do not know', ['gpt-6.1-sol'])
    expect(result).toMatchObject({ decision: null, outcome: 'error', asked: [{ model: 'gpt-6.1-sol' }] })
    expect(place.notices).toEqual([expect.stringContaining('got no {"ok": true} or {"ok": false} from the model')])
  })

  function request(): ProxyRequest {
    const headers: Array<[string, string]> = [
      ['x-codex-turn-metadata', JSON.stringify(turn)],
      ['content-type', 'application/json'],
      ['authorization', 'Bearer sk-test'],
    ]
    const body = new RequestBody(Buffer.from('{}'), null)
    return { method: 'POST', path: '/responses', headers, body, signal: new AbortController().signal }
  }
})

function model(slug: string): object {
  return {
    slug,
    use_responses_lite: true,
    tool_mode: 'code_mode_only',
    supported_reasoning_levels: [{ effort: 'low' }],
  }
}
