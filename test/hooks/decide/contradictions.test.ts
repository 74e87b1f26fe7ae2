import { afterEach, describe, expect, it } from 'vitest'
import { refusalText } from '../../../src/hooks/decide/model-texts.js'
import { makePlace, type Place } from '../place.js'

let place: Place
afterEach(() => place.remove())

const printing = (answer: object): unknown => [
  { hooks: [{ type: 'command', command: `printf '%s' '${JSON.stringify(answer)}'` }] },
]
const pre = (fields: object): object => ({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...fields } })
const request = (fields: object): object => ({ hookSpecificOutput: { hookEventName: 'PermissionRequest', ...fields } })

describe('a hook that contradicts itself', () => {
  it.each<[string, object, 'allow' | 'deny' | 'ask', string | null]>([
    ['PreToolUse', { decision: 'block', reason: 'no', ...pre({ permissionDecision: 'allow' }) }, 'deny', 'no'],
    ['PreToolUse', { decision: 'approve', reason: 'yes', ...pre({ permissionDecision: 'deny' }) }, 'deny', 'yes'],
    [
      'PreToolUse',
      {
        decision: 'approve',
        reason: 'yes',
        ...pre({ permissionDecision: 'ask', permissionDecisionReason: 'really' }),
      },
      'ask',
      'really',
    ],
    ['PreToolUse', { decision: 'block', ...pre({ permissionDecision: 'ask' }) }, 'deny', null],
    ['PreToolUse', { decision: 'approve', ...pre({ permissionDecision: 'allow' }) }, 'allow', null],
    [
      'PermissionRequest',
      { decision: 'block', reason: 'no', ...request({ decision: { behavior: 'allow' } }) },
      'deny',
      'no',
    ],
    [
      'PermissionRequest',
      request({ permissionDecision: 'allow', decision: { behavior: 'deny', message: 'no' } }),
      'deny',
      'no',
    ],
  ])('%s: the stricter of %j counts', async (event, answer, decision, reason) => {
    place = makePlace({ [event]: printing(answer) })
    const outcome = await place.engine().run(event, { session_id: 's', tool_name: 'Bash', tool_input: {} })
    expect(outcome.decision).toBe(decision)
    expect(outcome.blocked).toBe(decision === 'deny')
    if (reason !== null) expect(outcome.reason).toBe(reason)
  })

  it('stops a prompt before it blocks it', async () => {
    place = makePlace({
      UserPromptSubmit: printing({ continue: false, stopReason: 'stopped here', decision: 'block', reason: 'blocked' }),
    })
    const payload = { session_id: 's', prompt: 'p' }
    const outcome = await place.engine().run('UserPromptSubmit', payload)
    expect(refusalText('UserPromptSubmit', payload, outcome)).toBe('Operation stopped by hook: stopped here')
  })
})

describe('what a hook says at length', () => {
  it('goes whole where it is a reason, and is shortened where it is a context', async () => {
    const long = 'x'.repeat(30_000)
    place = makePlace({
      PreToolUse: [
        { hooks: [{ type: 'command', command: 'head -c 30000 /dev/zero | tr "\\\\0" x >&2; exit 2' }] },
        ...(printing({ ...pre({ additionalContext: long }), systemMessage: long }) as unknown[]),
      ],
    })
    const outcome = await place.engine().run('PreToolUse', { session_id: 's', tool_name: 'Bash', tool_input: {} })
    expect(outcome.reason).toContain(long)
    expect(outcome.systemMessages).toEqual([long])
    expect(outcome.additionalContext[0]?.length).toBeLessThan(10_000)
  })

  it('keeps the line end of stderr', async () => {
    place = makePlace({ PreToolUse: [{ hooks: [{ type: 'command', command: 'echo why >&2; exit 2' }] }] })
    const outcome = await place.engine().run('PreToolUse', { session_id: 's', tool_name: 'Bash', tool_input: {} })
    expect(outcome.reason).toBe('[echo why >&2; exit 2]: why\n')
  })
})
