import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hook } from '../../../src/hooks/config/hook.js'
import { aggregateVerdicts } from '../../../src/hooks/decide/aggregate.js'
import { readVerdict, type Verdict } from '../../../src/hooks/decide/hook-decision.js'
import { textResult } from '../../../src/hooks/run/hook-result.js'

const words = ['allow', 'ask', 'deny', null] as const

function verdict(word: (typeof words)[number], at: number): Verdict {
  const hook: Hook = {
    event: 'PreToolUse',
    matcher: '',
    condition: '',
    action: { type: 'command', command: `h${at}`, args: null, shell: '/bin/sh', async: false },
    timeoutMs: null,
    once: false,
    source: { scope: 'user', file: 'settings.json' },
  }
  const fields = {
    ...(word === null ? {} : { permissionDecision: word, permissionDecisionReason: `${word} ${at}` }),
    updatedInput: { at },
    additionalContext: `context ${at}`,
  }
  const stdout = JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...fields } })
  return readVerdict(hook, textResult(stdout), { ms: 1, failClosed: false })
}

describe('aggregateVerdicts', () => {
  it('holds to its precedence whatever hooks say in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }), (said) => {
        const report = aggregateVerdicts('PreToolUse', said.map(verdict), (text) => text)
        const strictest = (['deny', 'ask', 'allow'] as const).find((word) => said.includes(word)) ?? null
        expect(report.decision).toBe(strictest)
        expect(report.blocked).toBe(strictest === 'deny')
        expect(report.reason).toBe(strictest === null ? null : `${strictest} ${said.indexOf(strictest)}`)
        expect(report.updatedInput).toEqual(strictest === 'deny' ? null : { at: said.length - 1 })
        expect(report.additionalContext).toEqual(said.map((_, at) => `context ${at}`))
        expect(report.runs).toHaveLength(said.length)
      }),
    )
  })
})
