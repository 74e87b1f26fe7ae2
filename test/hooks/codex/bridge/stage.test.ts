import { afterEach, describe, expect, it } from 'vitest'
import { createBridge } from '../../../../src/hooks/codex/bridge/bridge.js'
import { createHookStage } from '../../../../src/hooks/codex/bridge/hook-route.js'
import { silentLog } from '../../../../src/log/log.js'
import { playedEngine } from '../../../fixtures/hooks.js'
import { type ProxyUnderTest, respond, startProxy } from '../../../fixtures/proxy/harness.js'

let proxy: ProxyUnderTest
afterEach(() => proxy.close())

describe('a hook that blocks a compaction', () => {
  it('has it refused where codex did not read the answer, once', async () => {
    const engine = playedEngine(['PreCompact'], () => ({ blocked: true, reason: 'keep it' }))
    const options = { onError: 'open', interactive: false, stopCap: 8, log: silentLog, say: () => {} } as const
    const bridge = createBridge({ engineOf: () => engine, ...options })
    proxy = await startProxy(() => respond(200, [], 'ok'), { stages: [createHookStage(bridge)] })
    const post = async (turn: string, kind: string): Promise<[number, string]> => {
      const metadata = { thread_id: 's', turn_id: turn, session_id: 's', request_kind: kind }
      const response = await fetch(`${proxy.base}/v1/responses`, {
        method: 'POST',
        headers: { 'x-codex-turn-metadata': JSON.stringify(metadata) },
        body: '{"input":[]}',
      })
      return [response.status, await response.text()]
    }
    const payload = { session_id: 's', turn_id: 't1', trigger: 'manual' }
    await bridge.answer('PreCompact', payload, new AbortController().signal)
    expect(await post('t1', 'turn')).toEqual([200, 'ok'])
    const refused = [400, 'Compaction blocked by PreCompact hook: keep it']
    expect(await post('t1', 'compaction')).toEqual(refused)
    expect(await post('t1', 'compaction')).toEqual([200, 'ok'])
    await bridge.answer('PreCompact', payload, new AbortController().signal)
    expect(await post('t2', 'compaction')).toEqual([200, 'ok'])
  })
})

describe('a hook that says `continue: false` before a tool', () => {
  it('ends the turn: the model is not asked again, and the next turn is', async () => {
    const engine = playedEngine(['PreToolUse'], () => ({ continue: false, stopReason: 'enough' }))
    const options = { onError: 'open', interactive: false, stopCap: 8, log: silentLog, say: () => {} } as const
    const bridge = createBridge({ engineOf: () => engine, ...options })
    proxy = await startProxy(() => respond(200, [], 'ok'), { stages: [createHookStage(bridge)] })
    const post = async (turn: string): Promise<string> => {
      const metadata = { thread_id: 's', turn_id: turn, session_id: 's', request_kind: 'turn' }
      const response = await fetch(`${proxy.base}/v1/responses`, {
        method: 'POST',
        headers: { 'x-codex-turn-metadata': JSON.stringify(metadata) },
        body: '{"input":[]}',
      })
      return await response.text()
    }
    expect(await post('t1')).toBe('ok')
    const payload = { session_id: 's', turn_id: 't1', tool_name: 'Bash', tool_input: { command: 'ls' } }
    await bridge.answer('PreToolUse', payload, new AbortController().signal)
    expect(await post('t1')).toContain('Operation stopped by hook: enough')
    expect(await post('t2')).toBe('ok')
    expect(proxy.sent).toHaveLength(2)
  })
})
