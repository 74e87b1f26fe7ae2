import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Bridge, createBridge } from '../../../../src/hooks/codex/bridge/bridge.js'
import type { BridgeOptions } from '../../../../src/hooks/codex/bridge/bridge-types.js'
import type { NativeEvent } from '../../../../src/hooks/codex/bridge/codex-events.js'
import type { HookEngine } from '../../../../src/hooks/engine.js'
import { silentLog } from '../../../../src/log/log.js'
import { itemOf } from '../../../../src/request/input-item.js'
import type { JsonObject } from '../../../../src/request/request-body.js'
import { playedEngine } from '../../../fixtures/hooks.js'

const SIGNAL = new AbortController().signal
let folder: string
let said: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-bridge-'))
  said = []
})
afterEach(() => rmSync(folder, { recursive: true }))

function bridgeOf({ engine, ...options }: Partial<BridgeOptions> & { engine: HookEngine }): Bridge {
  const say = (line: string): void => void said.push(line)
  const fixed = { onError: 'open', interactive: false, stopCap: 8, log: silentLog, say } as const
  return createBridge({ engineOf: () => engine, ...fixed, ...options })
}

const common = (more: JsonObject = {}): JsonObject => ({
  session_id: 's',
  turn_id: 't',
  transcript_path: join(folder, 'rollout.jsonl'),
  cwd: folder,
  permission_mode: 'default',
  ...more,
})
const bash = (command: string, id = 'call_1'): JsonObject =>
  common({ tool_name: 'Bash', tool_input: { command }, tool_use_id: id })
const answer = (bridge: Bridge, event: NativeEvent, payload: JsonObject): Promise<unknown> =>
  bridge.answer(event, payload, SIGNAL)

/** What codex writes into its rollout file when a call ends. */
function recordEnd(id: string, item: JsonObject): void {
  const payload = { type: 'item_completed', item: { id, ...item }, started_at_ms: 1000, completed_at_ms: 1250 }
  writeFileSync(join(folder, 'rollout.jsonl'), `{"type":"x"}\n${JSON.stringify({ type: 'event_msg', payload })}\n{"cut`)
}

describe('a stop', () => {
  it('may be blocked eight times in a row, and is let through then', async () => {
    const bridge = bridgeOf({ engine: playedEngine(['Stop'], () => ({ blocked: true, reason: 'go on' })) })
    for (let n = 0; n < 8; n += 1) {
      expect(await answer(bridge, 'Stop', common({ stop_hook_active: n > 0 }))).toEqual({
        refused: 'Stop hook feedback:\ngo on',
      })
    }
    expect(await answer(bridge, 'Stop', common({ stop_hook_active: true }))).toBeNull()
    expect(said).toEqual([expect.stringMatching(/8 times in a row/)])
    expect(await answer(bridge, 'Stop', common({ stop_hook_active: false }))).not.toBeNull()
  })
})

describe('a tool that ended', () => {
  it('well is PostToolUse, with the time it took', async () => {
    const engine = playedEngine(['PostToolUse'], () => ({ additionalContext: ['ctx'] }))
    recordEnd('call_1', { type: 'CommandExecution', exit_code: 0, aggregated_output: 'hi\n', status: 'completed' })
    const json = await answer(bridgeOf({ engine }), 'PostToolUse', { ...bash('echo hi'), tool_response: 'hi\n' })
    expect(json).toEqual({
      json: { hookSpecificOutput: { hookEventName: 'PostToolUse', additionalContext: 'ctx' } },
    })
    expect(Object.entries(engine.asked[0]?.payload ?? {}).slice(-5)).toEqual([
      ['tool_name', 'Bash'],
      ['tool_input', { command: 'echo hi' }],
      ['tool_response', { stdout: 'hi', stderr: '', interrupted: false, isImage: false, noOutputExpected: false }],
      ['tool_use_id', 'call_1'],
      ['duration_ms', 250],
    ])
  })

  it('with an exit code is PostToolUseFailure alone', async () => {
    const engine = playedEngine(['PostToolUse', 'PostToolUseFailure'], () => ({ additionalContext: ['ctx'] }))
    recordEnd('call_1', { type: 'CommandExecution', exit_code: 3, aggregated_output: 'no\n', status: 'failed' })
    await answer(bridgeOf({ engine }), 'PostToolUse', { ...bash('false'), tool_response: 'no\n' })
    expect(engine.asked.map(({ event }) => event)).toEqual(['PostToolUseFailure'])
    expect(Object.entries(engine.asked[0]?.payload ?? {}).slice(-6)).toEqual([
      ['tool_name', 'Bash'],
      ['tool_input', { command: 'false' }],
      ['tool_use_id', 'call_1'],
      ['error', 'Exit code 3\nno'],
      ['is_interrupt', false],
      ['duration_ms', 250],
    ])
  })

  it('badly without a word of codex is found before the model is asked again', async () => {
    const engine = playedEngine(['PostToolUseFailure'], () => ({ additionalContext: ['it failed'] }))
    const bridge = bridgeOf({ engine })
    const call = { ...common(), tool_name: 'mcp__s__t', tool_input: { a: 1 }, tool_use_id: 'call_2' }
    await answer(bridge, 'PreToolUse', call)
    await answer(bridge, 'PreToolUse', { ...call, tool_use_id: 'call_3' })
    await answer(bridge, 'PreToolUse', bash('sleep 100 &', 'call_4'))
    recordEnd('call_2', {
      type: 'McpToolCall',
      status: 'failed',
      result: { content: [{ type: 'text', text: 'down' }] },
    })
    const state = bridge.sessions.find(['s'])
    if (state) {
      const output = { type: 'function_call_output', call_id: 'call_3', output: 'not there' }
      await bridge.checkEnds(state, [itemOf(output)])
      await bridge.checkEnds(state, [itemOf(output)])
    }
    expect(engine.asked.map(({ payload }) => [payload.tool_use_id, payload.error])).toEqual([
      ['call_2', 'down'],
      ['call_3', 'not there'],
    ])
    expect([...(state?.openCalls.keys() ?? [])]).toEqual(['call_4'])
    await vi.waitFor(() => expect(state?.late).toHaveLength(2))
    expect(await answer(bridge, 'PreToolUse', bash('ls', 'call_5'))).toMatchObject({
      json: { hookSpecificOutput: { additionalContext: 'it failed\nit failed' } },
    })
    expect(await answer(bridge, 'PreToolUse', bash('ls', 'call_6'))).toBeNull()
  })
})

describe('a tool that is about to run', () => {
  it('as a patch is denied by a deny for one of its files', async () => {
    const engine = playedEngine(['PreToolUse'], (_event, { tool_input: input }) => {
      const denied = String((input as JsonObject).file_path).endsWith('.env')
      return denied ? { blocked: true, decision: 'deny', reason: 'protected' } : { decision: 'allow' }
    })
    const command = '*** Begin Patch\n*** Add File: a\n+1\n*** Add File: .env\n+2\n*** End Patch'
    const payload = { ...common(), tool_name: 'apply_patch', tool_input: { command }, tool_use_id: 'c' }
    expect(await answer(bridgeOf({ engine }), 'PreToolUse', payload)).toEqual({
      refused: 'PreToolUse:Write hook error: protected',
    })
    expect(engine.asked.map(({ payload: { tool_name: name } }) => name)).toEqual(['Write', 'Write'])
  })

  it('of an MCP server names the server', async () => {
    const engine = playedEngine(['PreToolUse'], () => ({}))
    const mcpServer = (tool: string) =>
      tool === 'mcp__srv__echo' ? ({ name: 's r v', source: 'project' } as const) : null
    const bridge = bridgeOf({ engine, mcpServer })
    await answer(bridge, 'PreToolUse', common({ tool_name: 'mcp__srv__echo', tool_input: {}, tool_use_id: 'c' }))
    await answer(bridge, 'PreToolUse', bash('ls'))
    expect(engine.asked.map(({ payload }) => payload.mcp_server)).toEqual([
      { name: 's r v', source: 'project' },
      undefined,
    ])
  })

  it('keeps its input where a new one is not exact, and says so', async () => {
    const engine = playedEngine(['PreToolUse'], () => ({ updatedInput: { command: 7 } }))
    expect(await answer(bridgeOf({ engine }), 'PreToolUse', bash('ls'))).toEqual({
      json: { systemMessage: expect.stringMatching(/^codex-plus: the updatedInput of a PreToolUse hook is ignored/) },
      lines: [expect.stringMatching(/is ignored/)],
    })
    expect(said[0]).toMatch(/is ignored/)
  })
})

describe('a permission request', () => {
  const ask = (bridge: Bridge): Promise<unknown> => answer(bridge, 'PermissionRequest', bash('rm x'))

  it('is answered by its hook, and then nobody is notified', async () => {
    const engine = playedEngine(['PermissionRequest', 'Notification'], () => ({ decision: 'deny', reason: 'no' }))
    expect(await ask(bridgeOf({ engine }))).toEqual({ refused: 'no' })
    expect(engine.asked).toMatchObject([
      { event: 'PermissionRequest', payload: { tool_name: 'Bash', permission_suggestions: [] } },
    ])
  })

  it('ends the turn if the hook that denies it interrupts', async () => {
    const engine = playedEngine(['PermissionRequest'], () => ({ decision: 'deny', reason: 'no', continue: false }))
    const bridge = bridgeOf({ engine })
    expect(await ask(bridge)).toEqual({ refused: 'no' })
    expect(bridge.sessions.find(['s'])?.stopped).toEqual({ turnId: 't', text: 'Operation stopped by hook: no' })
  })

  it('is a notification where no hook answers', async () => {
    const engine = playedEngine(['Notification'], () => ({}))
    expect(await ask(bridgeOf({ engine }))).toBeNull()
    expect(engine.asked).toMatchObject([
      { event: 'Notification', payload: { notification_type: 'permission_prompt', message: expect.any(String) } },
    ])
  })
})

describe('an engine that fails', () => {
  const broken = (event: string) => playedEngine([event], () => Promise.reject(new Error('broken')))

  it('is skipped with a warning', async () => {
    expect(await answer(bridgeOf({ engine: broken('PreToolUse') }), 'PreToolUse', bash('ls'))).toBeNull()
    expect(said).toEqual(['the hooks of PreToolUse failed and were skipped: Error: broken'])
  })

  it.each<NativeEvent>(['PreToolUse', 'PermissionRequest', 'UserPromptSubmit'])(
    'stops %s where hooks.onError is closed',
    async (event) => {
      const bridge = bridgeOf({ engine: broken(event), onError: 'closed' })
      expect(await answer(bridge, event, bash('ls'))).toEqual({ refused: expect.stringMatching(/onError is closed/) })
    },
  )

  it('never stops what only gives context', async () => {
    const bridge = bridgeOf({ engine: broken('PostToolUse'), onError: 'closed' })
    expect(await answer(bridge, 'PostToolUse', bash('ls'))).toBeNull()
  })
})

describe('the end of a session', () => {
  it('is told once, by codex or by the end of its process', async () => {
    const engine = playedEngine(['SessionEnd'], () => ({}))
    const bridge = bridgeOf({ engine, interactive: true })
    await answer(bridge, 'SessionStart', common({ source: 'startup' }))
    await answer(bridge, 'SessionStart', { ...common({ source: 'startup' }), session_id: 's2' })
    await answer(bridge, 'SessionEnd', common({ session_id: 's', turn_id: undefined, reason: 'other' }))
    await bridge.close()
    expect(engine.asked.map(({ payload }) => [payload.session_id, payload.prompt_id, payload.reason])).toEqual([
      ['s', 't', 'prompt_input_exit'],
      ['s2', 't', 'prompt_input_exit'],
    ])
    expect(engine.asked[0]?.payload).not.toHaveProperty('permission_mode')
  })
})

describe('what exec does not show', () => {
  it('is reported by codex-plus: why a prompt was blocked, and messages', async () => {
    const engine = playedEngine(['UserPromptSubmit'], () => ({ blocked: true, reason: 'no', systemMessages: ['m'] }))
    expect(await answer(bridgeOf({ engine }), 'UserPromptSubmit', common({ prompt: 'p' }))).toEqual({
      refused: 'no',
      lines: ['UserPromptSubmit operation blocked by hook: no', 'm'],
    })
    const tui = bridgeOf({ engine, interactive: true })
    expect(await answer(tui, 'UserPromptSubmit', common({ prompt: 'p' }))).toEqual({ refused: 'no\nm' })
    expect(said).toEqual([])
  })

  it('keeps the context of a refused prompt for the next event', async () => {
    const outcomes = [{ blocked: true, reason: 'no', additionalContext: ['about it'] }, {}]
    const engine = playedEngine(['UserPromptSubmit'], () => outcomes.shift() ?? {})
    const bridge = bridgeOf({ engine })
    expect(await answer(bridge, 'UserPromptSubmit', common({ prompt: 'p' }))).toMatchObject({ refused: 'no' })
    expect(await answer(bridge, 'UserPromptSubmit', common({ prompt: 'q' }))).toEqual({ plain: 'about it' })
  })
})
