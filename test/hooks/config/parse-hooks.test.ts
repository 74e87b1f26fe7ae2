import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHooks } from '../../../src/hooks/config/parse-hooks.js'

const source = { scope: 'project', file: 'settings.json' } as const

describe('parseHooks', () => {
  const good = { type: 'command', command: 'true' }
  const entry = fc.oneof(
    fc.constant(good),
    fc.jsonValue(),
    fc.record({ type: fc.constantFrom('command', 'http', 'prompt', 'x') }),
  )
  const group = fc.oneof(fc.record({ hooks: fc.array(entry) }), fc.jsonValue())
  const settings = fc.oneof(
    fc.dictionary(fc.constantFrom('Stop', 'PreToolUse', 'Nope', '__proto__'), fc.array(group)),
    fc.jsonValue(),
  )

  it('reads anything, and takes every good entry whatever stands around it, unless a guard is unreadable', () => {
    fc.assert(
      fc.property(settings, (value) => {
        const { hooks, problems } = parseHooks(value, source)
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
        const voided = problems.some(({ message }) => message.includes('none of the hooks of this file run'))
        const groups = isObject ? Object.values(value).flat() : []
        const entries = groups.flatMap((row) => (row as { hooks?: unknown } | null)?.hooks ?? [])
        expect(hooks.filter(({ action }) => action.type === 'command')).toHaveLength(
          voided ? 0 : entries.filter((row) => row === good).length,
        )
        for (const { path } of problems) expect(path[0]).toBe('hooks')
      }),
    )
  })

  it('takes times in seconds, and none that are no times', () => {
    const timeoutOf = (timeout: unknown) =>
      parseHooks({ Stop: [{ hooks: [{ ...good, timeout }] }] }, source).hooks[0]?.timeoutMs
    expect([0.5, 60, 1e12].map(timeoutOf)).toEqual([500, 60_000, 2 ** 31 - 1])
    expect([0, -1, '5', null, Number.NaN].map(timeoutOf)).toEqual([null, null, null, null, null])
  })
})

describe('an entry that cannot be read', () => {
  const readable = { type: 'command', command: 'true' }

  it.each(['PreToolUse', 'PermissionRequest', 'PreSkillShellCommand'])('of %s voids the hooks of its file', (event) => {
    const { hooks, problems } = parseHooks(
      { Stop: [{ hooks: [readable] }], [event]: [{ hooks: [readable, { type: 'command' }] }] },
      source,
    )
    expect(hooks).toEqual([])
    expect(problems.map(({ message }) => message)).toEqual([
      'has no command',
      'cannot be read, so none of the hooks of this file run, as in Claude Code',
    ])
  })

  it('of another event voids itself alone, and so does one of type agent', () => {
    const { hooks } = parseHooks(
      {
        PreToolUse: [{ hooks: [readable, { type: 'agent', prompt: 'x' }] }],
        PostToolUse: [{ hooks: [readable, { type: 'command' }] }],
      },
      source,
    )
    expect(hooks.map(({ event }) => event)).toEqual(['PreToolUse', 'PostToolUse'])
  })
})
