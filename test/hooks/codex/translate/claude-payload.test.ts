import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createBridge } from '../../../../src/hooks/codex/bridge/bridge.js'
import type { NativeEvent } from '../../../../src/hooks/codex/bridge/codex-events.js'
import { silentLog } from '../../../../src/log/log.js'
import type { JsonObject } from '../../../../src/request/request-body.js'
import { playedEngine } from '../../../fixtures/hooks.js'

const recorded = (file: string): JsonObject =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/recorded/hooks/${file}`, import.meta.url), 'utf8')) as JsonObject
/** What Claude Code 2.1.332 gave its hooks, by event. */
const claude = recorded('claude.json') as Record<string, JsonObject>

/** What a hook is given when codex 0.169 sends this payload. */
async function translated(event: NativeEvent, payload: JsonObject): Promise<JsonObject> {
  const engine = playedEngine([event], () => ({}))
  const options = { onError: 'open', interactive: false, stopCap: 8, log: silentLog } as const
  const bridge = createBridge({ engineOf: () => engine, ...options, say: () => {} })
  bridge.turnSeen({ turnId: String(payload.turn_id), effort: 'high' })
  await bridge.answer(event, payload, new AbortController().signal)
  return engine.asked[0]?.payload ?? {}
}

const kinds = (value: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      entry === null ? 'null' : Array.isArray(entry) ? 'list' : typeof entry,
    ]),
  )

describe('the payloads of codex, as hooks of Claude Code are given them', () => {
  const common = recorded('codex/UserPromptSubmit.json')
  const tool = { ...recorded('codex/PreToolUse.json'), tool_name: 'Bash', tool_input: { command: 'ls' } }
  const withoutSource = (payload: JsonObject): JsonObject => {
    const { prompt: _prompt, ...rest } = payload
    return rest
  }
  it.each<[NativeEvent, JsonObject, JsonObject]>([
    ['PreToolUse', tool, {}],
    ['PostToolUse', { ...tool, tool_response: 'x' }, {}],
    ['PermissionRequest', { ...tool, tool_use_id: undefined }, {}],
    // codex tells the model of each session, Claude Code of interactive ones.
    ['SessionStart', recorded('codex/SessionStart.json'), { model: 'string' }],
    ['UserPromptSubmit', common, {}],
    ['SubagentStart', recorded('codex/SubagentStart.json'), {}],
    ['SubagentStop', recorded('codex/SubagentStop.json'), {}],
    ['Stop', recorded('codex/Stop.json'), {}],
    ['PreCompact', { ...withoutSource(common), trigger: 'manual', custom_instructions: 'keep it short' }, {}],
    ['PostCompact', { ...withoutSource(common), trigger: 'manual' }, {}],
    ['SessionEnd', { ...recorded('codex/SessionEnd.json'), turn_id: 't' }, {}],
  ])('%s has the fields that Claude Code gives, in its order', async (event, payload, more) => {
    const given = await translated(event, payload)
    const wanted = { ...kinds(claude[event] as JsonObject), ...more }
    expect(kinds(given)).toEqual(wanted)
    expect(Object.keys(given)).toEqual([...Object.keys(claude[event] as JsonObject), ...Object.keys(more)])
    for (const key of ['session_id', 'transcript_path', 'cwd', 'permission_mode', 'agent_id', 'agent_type']) {
      if (given[key] !== undefined) expect(given[key]).toBe(payload[key])
    }
    expect(given.hook_event_name).toBe(event)
  })

  it('carry what was said, and null for what was not', async () => {
    expect(await translated('UserPromptSubmit', common)).toMatchObject({ prompt: 'spawn', prompt_id: common.turn_id })
    const stop = recorded('codex/Stop.json')
    expect(await translated('Stop', stop)).toMatchObject({
      stop_hook_active: false,
      last_assistant_message: 'Hello from mock 1',
      background_tasks: [],
      session_crons: [],
      effort: { level: 'high' },
    })
    expect(await translated('PreCompact', { ...common, trigger: 'auto' })).toMatchObject({
      trigger: 'auto',
      custom_instructions: null,
    })
    expect(await translated('PreToolUse', recorded('codex/PreToolUse.json'))).toMatchObject({
      tool_name: 'collaborationwait_agent',
      tool_input: { timeout_ms: 10000 },
      tool_use_id: 'call_2',
    })
  })

  it('have an effort only where codex has told it', async () => {
    const engine = playedEngine(['Stop'], () => ({}))
    const options = {
      onError: 'open',
      interactive: false,
      stopCap: 8,
      log: silentLog,
    } as const
    const bridge = createBridge({ engineOf: () => engine, ...options, say: () => {} })
    bridge.turnSeen({ turnId: 'another', effort: 'low' })
    await bridge.answer('Stop', recorded('codex/Stop.json'), new AbortController().signal)
    expect(engine.asked[0]?.payload).not.toHaveProperty('effort')
  })
})
