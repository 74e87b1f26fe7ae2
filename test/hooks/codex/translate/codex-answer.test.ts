import { describe, expect, it } from 'vitest'
import { claudePayload } from '../../../../src/hooks/codex/translate/claude-payload.js'
import { codexAnswer } from '../../../../src/hooks/codex/translate/codex-answer.js'
import { combineOutcomes, EMPTY_OUTCOME } from '../../../../src/hooks/codex/translate/combine-outcomes.js'
import type { HookOutcome } from '../../../../src/hooks/decide/event-outcome.js'

const says = (part: Partial<HookOutcome>): HookOutcome => ({ ...EMPTY_OUTCOME, ...part })
const specific = (event: string, fields: object): object => ({
  hookSpecificOutput: { hookEventName: event, ...fields },
})

describe('what codex is told of an outcome', () => {
  it.each<[string, string, Partial<HookOutcome>, object | null]>([
    ['nothing', 'PreToolUse', {}, null],
    ['a bare allow', 'PreToolUse', { decision: 'allow', reason: 'fine' }, null],
    [
      'a deny',
      'PreToolUse',
      { blocked: true, decision: 'deny', reason: 'no' },
      specific('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'no' }),
    ],
    [
      'a deny without a reason',
      'PreToolUse',
      { decision: 'deny', reason: ' ' },
      specific('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'A hook denied this tool.' }),
    ],
    [
      'an ask',
      'PreToolUse',
      { decision: 'ask', reason: 'it is risky' },
      specific('PreToolUse', {
        permissionDecision: 'deny',
        permissionDecisionReason: expect.stringMatching(/approval: it is risky\. Ask the user/),
      }),
    ],
    [
      'continue: false',
      'PreToolUse',
      { continue: false, stopReason: 'enough' },
      specific('PreToolUse', {
        permissionDecision: 'deny',
        permissionDecisionReason: 'Operation stopped by hook: enough',
      }),
    ],
    [
      'a context beside a message',
      'PreToolUse',
      { additionalContext: ['one', 'two'], systemMessages: ['m'] },
      { systemMessage: 'm', ...specific('PreToolUse', { additionalContext: 'one\ntwo' }) },
    ],
    [
      'a yes to a permission request',
      'PermissionRequest',
      { decision: 'allow' },
      specific('PermissionRequest', { decision: { behavior: 'allow' } }),
    ],
    [
      'a no to a permission request',
      'PermissionRequest',
      { decision: 'deny', reason: 'no' },
      specific('PermissionRequest', { decision: { behavior: 'deny', message: 'no' } }),
    ],
    [
      'a block after a tool, which keeps the result',
      'PostToolUse',
      { blocked: true, reason: 'lint failed', additionalContext: ['ctx'] },
      specific('PostToolUse', { additionalContext: 'PostToolUse hook blocking error: lint failed\nctx' }),
    ],
    ['a stop after a tool', 'PostToolUse', { continue: false }, { continue: false, stopReason: 'a hook stopped it' }],
    ['a blocked prompt', 'UserPromptSubmit', { blocked: true, reason: 'no' }, { decision: 'block', reason: 'no' }],
    [
      'a blocked stop',
      'Stop',
      { blocked: true, reason: 'go on' },
      { decision: 'block', reason: 'Stop hook feedback:\ngo on' },
    ],
    [
      'context at a stop',
      'Stop',
      { additionalContext: ['c'] },
      { decision: 'block', reason: 'Stop hook feedback:\nc' },
    ],
    [
      'continue: false at a stop',
      'Stop',
      { continue: false, stopReason: 'x', blocked: true },
      { continue: false, stopReason: 'x' },
    ],
    ['continue: false at the start', 'SessionStart', { continue: false, stopReason: 'x' }, null],
    [
      'a blocked compaction',
      'PreCompact',
      { blocked: true, reason: 'later' },
      { continue: false, stopReason: 'Compaction blocked by PreCompact hook: later' },
    ],
  ])('%s', (_, event, outcome, expected) => {
    expect(codexAnswer(event, says(outcome))).toEqual(expected)
  })

  it('a new input comes with an allow, and not beside a deny', () => {
    const input = { command: 'ls' }
    expect(codexAnswer('PreToolUse', EMPTY_OUTCOME, input)).toEqual(
      specific('PreToolUse', { permissionDecision: 'allow', updatedInput: input }),
    )
    expect(codexAnswer('PreToolUse', says({ decision: 'deny', reason: 'no' }), input)).toEqual(
      specific('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'no' }),
    )
  })

  it('the strictest of several calls decides', () => {
    const all = combineOutcomes([
      says({ decision: 'allow', additionalContext: ['a'] }),
      says({ decision: 'deny', blocked: true, reason: 'no', additionalContext: ['b'] }),
      says({ decision: 'ask', reason: 'sure?', continue: false, stopReason: 's' }),
    ])
    expect(all).toMatchObject({ decision: 'deny', blocked: true, reason: 'no', additionalContext: ['a', 'b'] })
    expect(all).toMatchObject({ continue: false, stopReason: 's' })
    expect(combineOutcomes([])).toEqual(EMPTY_OUTCOME)
  })
})

describe('the payload of a hook', () => {
  const codex = {
    session_id: 's',
    turn_id: 't',
    transcript_path: '/t.jsonl',
    cwd: '/p',
    hook_event_name: 'Stop',
    model: 'm',
    permission_mode: 'default',
  }

  it('has Claude Code’s fields in its order', () => {
    const stop = claudePayload('Stop', { ...codex, stop_hook_active: false, last_assistant_message: 'x' })
    expect(JSON.stringify(stop)).toBe(
      JSON.stringify({
        session_id: 's',
        transcript_path: '/t.jsonl',
        cwd: '/p',
        prompt_id: 't',
        permission_mode: 'default',
        hook_event_name: 'Stop',
        stop_hook_active: false,
        last_assistant_message: 'x',
        background_tasks: [],
        session_crons: [],
      }),
    )
    const start = claudePayload('SessionStart', { ...codex, source: 'resume' })
    expect(Object.keys(start)).toEqual(['session_id', 'transcript_path', 'cwd', 'hook_event_name', 'source', 'model'])
    const agent = claudePayload('SubagentStop', {
      ...codex,
      agent_transcript_path: '/a',
      stop_hook_active: false,
      agent_id: 'a',
      agent_type: 'default',
      last_assistant_message: 'r',
    })
    expect(Object.keys(agent)).toEqual([
      ...['session_id', 'transcript_path', 'cwd', 'prompt_id', 'permission_mode', 'agent_id', 'agent_type'],
      ...['hook_event_name', 'stop_hook_active', 'agent_transcript_path', 'last_assistant_message'],
      ...['background_tasks', 'session_crons'],
    ])
  })
})
