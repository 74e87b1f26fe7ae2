import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOutput } from '../../../src/hooks/decide/parse-output.js'

const specific = (fields: object): string =>
  JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...fields } })

describe('parseOutput', () => {
  it.each([
    ['', 'plain'],
    ['hello', 'plain'],
    ['["a"]', 'plain'],
    ['{"a": ', 'plain'],
    ['{"decision":"block"}\ntrailing', 'plain'],
    ['{}', 'structured'],
    ['  {"additionalContext":"top"}\n', 'structured'],
    ['{"decision":"maybe"}', 'invalid'],
    ['{"continue":"no"}', 'invalid'],
    ['{"systemMessage":1}', 'invalid'],
    ['{"hookSpecificOutput":"x"}', 'invalid'],
    ['{"hookSpecificOutput":{"additionalContext":"x"}}', 'invalid'],
    ['{"hookSpecificOutput":{"hookEventName":"Stop"}}', 'invalid'],
    [specific({ permissionDecision: 'perhaps' }), 'invalid'],
    [specific({ permissionDecision: 'toString' }), 'invalid'],
    [specific({ updatedInput: ['x'] }), 'invalid'],
    [specific({ additionalContext: 1 }), 'invalid'],
    [specific({ permissionDecision: 'deny', unknown: 1 }), 'structured'],
  ])('%s is %s', (stdout, kind) => {
    expect(parseOutput('PreToolUse', stdout).kind).toBe(kind)
  })

  it('knows what codex has no way to do', () => {
    const unsupported = (fields: object) => {
      const parsed = parseOutput('PreToolUse', specific(fields))
      return parsed.kind === 'structured' ? parsed.output.unsupported : null
    }
    expect(unsupported({ permissionDecision: 'defer' })).toEqual(['defer'])
    expect(unsupported({ updatedToolOutput: 'x', decision: { updatedPermissions: [] } })).toEqual([
      'updatedToolOutput',
      'updatedPermissions',
    ])
    expect(unsupported({ permissionDecision: 'deny' })).toEqual([])
  })

  it('reads the decision of a permission request', () => {
    const decision = { behavior: 'deny', message: 'NO', updatedInput: { command: 'x' } }
    const stdout = JSON.stringify({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } })
    expect(parseOutput('PermissionRequest', stdout)).toMatchObject({
      output: { permission: 'deny', permissionReason: 'NO', updatedInput: { command: 'x' } },
    })
    expect(parseOutput('PermissionRequest', stdout.replace('deny', 'maybe')).kind).toBe('invalid')
  })

  it('reads anything without failing, and takes no text for more than it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((value) => JSON.stringify(value)),
        ),
        (stdout) => {
          const parsed = parseOutput('PreToolUse', stdout)
          if (parsed.kind === 'plain') expect(parsed.text).toBe(stdout.trim())
          if (parsed.kind === 'structured') expect(Array.isArray(JSON.parse(stdout))).toBe(false)
        },
      ),
    )
  })
})
