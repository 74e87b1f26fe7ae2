import { describe, expect, it } from 'vitest'
import type { Hook } from '../../../src/hooks/config/hook.js'
import { aggregateVerdicts } from '../../../src/hooks/decide/aggregate.js'
import { readVerdict } from '../../../src/hooks/decide/hook-decision.js'
import { contextTexts, denialText, feedbackTexts, refusalText } from '../../../src/hooks/decide/model-texts.js'
import { outcomeText } from '../../../src/hooks/decide/outcome-text.js'
import { textResult } from '../../../src/hooks/run/hook-result.js'

/** The report of one command that printed this. */
function report(event: string, stdout: string, exitCode = 0, stderr = '') {
  const hook: Hook = {
    event,
    matcher: '',
    condition: '',
    action: { type: 'command', command: 'h.sh', args: null, shell: '/bin/sh', async: false },
    timeoutMs: null,
    once: false,
    source: { scope: 'user', file: 'settings.json' },
  }
  const verdict = readVerdict(hook, textResult(stdout, exitCode, stderr), { ms: 1, failClosed: false })
  return aggregateVerdicts(event, [verdict], (text) => text)
}

const payload = { tool_name: 'Bash', source: 'resume', prompt: 'PROMPT' }
const block = '{"decision":"block","reason":"WHY"}'

describe('the words for the model and the user', () => {
  it('are those of Claude Code', () => {
    const context = (event: string) =>
      contextTexts(
        event,
        event === 'PreToolUse' ? payload : { source: 'resume' },
        report(event, JSON.stringify({ hookSpecificOutput: { hookEventName: event, additionalContext: 'C' } })),
      )
    expect(context('SessionStart')).toEqual(['SessionStart hook additional context: C'])
    expect(context('PreToolUse')).toEqual(['PreToolUse:Bash hook additional context: C'])
    expect(contextTexts('SessionStart', payload, report('SessionStart', ' out \n'))).toEqual([
      'SessionStart:resume hook success: out',
    ])
    expect(contextTexts('PreToolUse', payload, report('PreToolUse', 'out'))).toEqual([])
    expect(denialText('PreToolUse', payload, report('PreToolUse', block))).toBe('PreToolUse:Bash hook error: WHY')
    expect(denialText('PreToolUse', payload, report('PreToolUse', '{"decision":"block"}'))).toBe(
      'PreToolUse:Bash hook error: Blocked by hook',
    )
    expect(denialText('PreToolUse', payload, report('PreToolUse', '', 2))).toBe(
      'PreToolUse:Bash hook error: [h.sh]: No stderr output',
    )
    expect(denialText('PreToolUse', payload, report('PreToolUse', '{"decision":"approve"}'))).toBeNull()
    expect(feedbackTexts('PostToolUse', payload, report('PostToolUse', block))).toEqual([
      'PostToolUse:Bash hook blocking error from command: "h.sh": WHY',
    ])
    expect(feedbackTexts('SubagentStop', {}, report('SubagentStop', '', 2, 'E'))).toEqual([
      'Stop hook feedback:\n[h.sh]: E',
    ])
    expect(feedbackTexts('Stop', {}, report('Stop', block))).toEqual([
      'Stop hook feedback:\nWHY',
      'Stop hook blocking error from command: "h.sh": WHY',
    ])
    expect(refusalText('PreCompact', {}, report('PreCompact', block))).toBe(
      'Compaction blocked by PreCompact hook: [h.sh]: WHY',
    )
    expect(refusalText('PreCompact', {}, report('PreCompact', '', 2, 'E'))).toBe(
      'Compaction blocked by PreCompact hook: [h.sh]: E',
    )
    expect(refusalText('UserPromptSubmit', payload, report('UserPromptSubmit', block))).toBe(
      'UserPromptSubmit operation blocked by hook:\nWHY\n\nOriginal prompt: PROMPT',
    )
    expect(refusalText('UserPromptSubmit', payload, report('UserPromptSubmit', '{"continue":false}'))).toBe(
      'Operation stopped by hook',
    )
  })

  it('are shown to a person with what ran', () => {
    const text = outcomeText(
      'PreToolUse',
      payload,
      report(
        'PreToolUse',
        JSON.stringify({
          systemMessage: 'SM',
          continue: false,
          hookSpecificOutput: {
            hookEventName: 'PreToolUse',
            permissionDecision: 'allow',
            updatedInput: { command: 'x' },
          },
        }),
      ),
    )
    expect(text).toBe(
      '[h.sh] success, exit code 0, 1 ms (settings.json)\ndecision: allow\nstopped\ninput: {"command":"x"}\nshown: SM',
    )
  })
})
