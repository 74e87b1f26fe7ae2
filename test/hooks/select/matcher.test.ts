import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hook } from '../../../src/hooks/config/hook.js'
import { isMatched, matcherProblem, matches } from '../../../src/hooks/select/matcher.js'
import { scaled } from '../../time.js'

describe('matches', () => {
  it.each([
    ['', true],
    ['*', true],
    ['Bash', true],
    ['Edit|Bash', true],
    ['Edit, Bash', true],
    [' Bash ', true],
    ['Ba', false],
    ['bash', false],
    ['ash', false],
    ['Task', false],
    ['Bas.*', true],
    ['.ash', true],
    ['B?sh', true],
    ['Bash*', true],
    ['^Bash$', true],
    ['(Edit|Bash)', true],
    ['[', false],
    ['^Edit', false],
  ])('%j and Bash: %s', (matcher, expected) => {
    expect(matches(matcher, 'Bash')).toBe(expected)
  })

  it.each([
    ['mcp__srv__echo', true],
    ['mcp__srv', false],
    ['mcp__srv__.*', true],
    ['mcp__srv__*', true],
    ['mcp__.*', true],
    ['mcp__*', true],
    ['mcp__srv__ec', false],
    ['echo', false],
    ['mcp__.*__echo', true],
  ])('%j and a tool of an MCP server: %s', (matcher, expected) => {
    expect(matches(matcher, 'mcp__srv__echo')).toBe(expected)
  })

  it('takes any list of words by exact words', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/)
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1 }),
        word,
        fc.constantFrom('|', ',', ' | ', ', '),
        (words, value, by) => {
          expect(matches(words.join(by), value)).toBe(words.includes(value))
        },
      ),
    )
  })

  it('says why a matcher matches nothing', () => {
    expect(matcherProblem('[')).toContain('not a valid regular expression')
    expect(matcherProblem('mcp__*')).toBeNull()
  })
})

describe('isMatched', () => {
  const hook = (event: string, matcher: string): Hook => ({
    event,
    matcher,
    condition: '',
    action: { type: 'command', command: 'true', args: null, shell: '/bin/sh', async: false },
    timeoutMs: null,
    once: false,
    source: { scope: 'user', file: 'settings.json' },
  })

  it.each([
    ['SessionStart', { source: 'resume' }, 'startup', false],
    ['SessionStart', { source: 'resume' }, 'startup|resume', true],
    ['PreCompact', { trigger: 'auto' }, 'manual', false],
    ['Notification', { notification_type: 'permission_prompt' }, 'permission_prompt', true],
    ['UserPromptExpansion', { command_name: 'c' }, 'd', false],
    ['SessionEnd', { reason: 'other' }, 'clear', false],
    ['SubagentStop', { agent_type: 'Explore' }, 'Explore', true],
    ['Stop', {}, 'anything', true],
    ['UserPromptSubmit', { prompt: 'hello' }, 'anything', true],
  ])('%s %j with the matcher %s: %s', (event, payload, matcher, expected) => {
    expect(isMatched(hook(event, matcher), payload)).toBe(expected)
  })

  it('knows the tool of sub-agents by both its names', () => {
    expect(isMatched(hook('PreToolUse', 'Agent'), { tool_name: 'Task' })).toBe(true)
    expect(isMatched(hook('PreToolUse', 'Task'), { tool_name: 'Agent' })).toBe(true)
  })
})

it('an expression that would take years is given up soon, and its hook is asked', () => {
  const begun = performance.now()
  expect(matches('^(a+)+$', `${'a'.repeat(60)}!`)).toBe(true)
  expect(performance.now() - begun).toBeLessThan(scaled(5000))
  expect(matches('^(a+)+$', 'aaa')).toBe(true)
  expect(matches('^(a+)+$', 'b')).toBe(false)
})
