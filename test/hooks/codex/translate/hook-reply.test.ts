import { describe, expect, it } from 'vitest'
import { codexAnswer } from '../../../../src/hooks/codex/translate/codex-answer.js'
import { EMPTY_OUTCOME } from '../../../../src/hooks/codex/translate/combine-outcomes.js'
import { hookReply } from '../../../../src/hooks/codex/translate/hook-reply.js'
import type { HookOutcome } from '../../../../src/hooks/decide/event-outcome.js'

const reply = (event: string, outcome: Partial<HookOutcome>, interactive = false): unknown =>
  hookReply(event, codexAnswer(event, { ...EMPTY_OUTCOME, ...outcome }), interactive)

describe('an answer that holds something back', () => {
  it.each<[event: string, outcome: Partial<HookOutcome>, text: string]>([
    ['PreToolUse', { blocked: true, decision: 'deny', reason: 'no\n' }, 'no'],
    ['PreToolUse', { decision: 'ask', reason: 'risky' }, expect.stringContaining('approval: risky')],
    ['PreToolUse', { decision: 'deny', reason: 'no', additionalContext: ['a', 'b'] }, 'no\na\nb'],
    ['PreToolUse', { continue: false, stopReason: 'enough' }, 'Operation stopped by hook: enough'],
    ['PermissionRequest', { decision: 'deny', reason: '  ' }, 'A hook denied this request.'],
    ['UserPromptSubmit', { blocked: true, reason: 'no', additionalContext: ['kept by the bridge'] }, 'no'],
    ['UserPromptSubmit', { continue: false, stopReason: 'closed' }, 'closed'],
    ['UserPromptSubmit', { continue: false }, 'a hook stopped it'],
    ['UserPromptSubmit', { blocked: true, reason: 'a\0b' }, 'ab'],
    ['UserPromptSubmit', { blocked: true, reason: '\0' }, 'A hook stopped this.'],
    ['Stop', { blocked: true, reason: 'go on' }, 'Stop hook feedback:\ngo on'],
    ['SubagentStop', { additionalContext: ['look again'] }, 'Stop hook feedback:\nlook again'],
  ])('%s %j is exit code 2 with the text', (event, outcome, text) => {
    expect(reply(event, outcome)).toEqual({ refused: text })
  })

  it('carries its system message where the TUI alone can show it', () => {
    const outcome = { blocked: true, reason: 'no', systemMessages: ['for you'] }
    expect(reply('UserPromptSubmit', outcome)).toEqual({ refused: 'no' })
    expect(reply('UserPromptSubmit', outcome, true)).toEqual({ refused: 'no\nfor you' })
  })

  it('is JSON where exit code 2 says something else', () => {
    expect(reply('PreCompact', { blocked: true, reason: 'no' })).toHaveProperty('json.continue', false)
    expect(reply('PostToolUse', { continue: false })).toHaveProperty('json.continue', false)
    expect(reply('Stop', { continue: false, stopReason: 'x' })).toHaveProperty('json.continue', false)
  })
})

describe('a context', () => {
  it.each(['SessionStart', 'UserPromptSubmit', 'SubagentStart'])('of %s alone is plain text', (event) => {
    expect(reply(event, { additionalContext: ['a', 'b'] })).toEqual({ plain: 'a\nb' })
  })

  it.each([
    ['with a message', { additionalContext: ['a'], systemMessages: ['m'] }],
    ['that codex would trim', { additionalContext: [' a'] }],
    ['that looks like JSON', { additionalContext: ['[x] done'] }],
    ['with a NUL', { additionalContext: ['a\0'] }],
  ])('%s is JSON', (_, outcome) => {
    expect(reply('UserPromptSubmit', outcome)).toHaveProperty('json')
  })

  it('of an event whose plain output codex ignores is JSON', () => {
    expect(reply('PreToolUse', { additionalContext: ['a'] })).toHaveProperty('json')
    expect(reply('PostToolUse', { additionalContext: ['a'] })).toHaveProperty('json')
  })

  it('that is not there is nothing', () => {
    expect(reply('UserPromptSubmit', {})).toBeNull()
  })
})
