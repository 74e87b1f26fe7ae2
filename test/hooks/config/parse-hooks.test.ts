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

  it('reads anything, and takes every good entry whatever stands around it', () => {
    fc.assert(
      fc.property(settings, (value) => {
        const { hooks, problems } = parseHooks(value, source)
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
        const groups = isObject ? Object.values(value).flat() : []
        const entries = groups.flatMap((row) => (row as { hooks?: unknown } | null)?.hooks ?? [])
        expect(hooks.filter(({ action }) => action.type === 'command')).toHaveLength(
          entries.filter((row) => row === good).length,
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
