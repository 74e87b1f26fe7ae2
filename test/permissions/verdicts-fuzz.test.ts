import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../src/permissions/judgement.js'
import { scaled } from '../time.js'
import { makeJudgedPlace, type Rules } from './place.js'

const place = makeJudgedPlace()
afterAll(() => place.remove())

/** The stricter a decision, the higher. */
const STRICT: Readonly<Record<Decision, number>> = { allow: 0, none: 1, ask: 2, deny: 3 }
const DECISIONS = Object.keys(STRICT)

const part = fc.constantFrom(
  'ls',
  'touch made',
  'cat a.txt',
  'cat .env',
  'echo x > vault/b',
  'echo x > a.txt',
  'npm test',
  'git push --force',
  'rm -rf sub',
  'grep x b.txt',
  '"touch" x',
  'make all',
)
const rule = fc.constantFrom(
  'Bash(touch:*)',
  'Bash(npm:*)',
  'Bash(git push:*)',
  'Bash(git *)',
  'Bash(rm:*)',
  'Bash(make all)',
  'Bash',
  'Edit(vault/**)',
  'Edit(a.txt)',
  'Edit',
  'Read(./.env)',
  'Read(*.txt)',
  'Read',
  'mcp__a',
  'broken(',
  '',
)
const list = fc.array(rule, { maxLength: 3 })
const rules: fc.Arbitrary<Rules> = fc.record({
  deny: list,
  ask: list,
  allow: list,
  mode: fc.constantFrom('default', 'acceptEdits', 'dontAsk', 'plan', 'bypassPermissions'),
})
const wrapped = (command: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    command,
    `timeout 5 ${command}`,
    `env A=1 ${command}`,
    `sudo ${command}`,
    `(${command})`,
    `{ ${command}; }`,
    `if true; then ${command}; fi`,
    `echo $(${command})`,
    `bash -c '${command}'`,
    `eval '${command}'`,
    `! ${command}`,
    `FOO=1 ${command}`,
    `command ${command}`,
  )

describe('the verdict of a command line', () => {
  it('is not looser than that of any of its parts, however they are joined', () => {
    const joint = fc.constantFrom(' && ', '; ', ' | ', '\n', ' || ', ' & ')
    fc.assert(
      fc.property(rules, fc.array(part, { minLength: 2, maxLength: 4 }), joint, (policy, parts, between) => {
        const whole = STRICT[place.verdict(policy, parts.join(between))]
        for (const each of parts) {
          const alone = place.verdict(policy, each)
          // What nobody has to ask about needs no rule of its own.
          if (alone === 'none' && isReading(each)) continue
          expect(whole, each).toBeGreaterThanOrEqual(STRICT[alone])
        }
      }),
      { numRuns: 1500 },
    )
  }, 60_000)

  it('is not looser behind a wrapper or in a nested script', () => {
    const line = part.chain((command) => fc.record({ command: fc.constant(command), line: wrapped(command) }))
    fc.assert(
      fc.property(rules, line, (policy, { command, line: whole }) => {
        const alone = place.verdict(policy, command)
        if (alone === 'deny' || alone === 'ask') {
          expect(STRICT[place.verdict(policy, whole)], whole).toBeGreaterThanOrEqual(STRICT[alone])
        }
      }),
      { numRuns: 1500 },
    )
  }, 60_000)

  it('is not looser with a deny or ask rule more, and not stricter with an allow rule more', () => {
    fc.assert(
      fc.property(rules, rule, part, (policy, more, command) => {
        const before = STRICT[place.verdict(policy, command)]
        const denied = { ...policy, deny: [...(policy.deny ?? []), more] }
        const asked = { ...policy, ask: [...(policy.ask ?? []), more] }
        const allowed = { ...policy, allow: [...(policy.allow ?? []), more] }
        expect(STRICT[place.verdict(denied, command)]).toBeGreaterThanOrEqual(before)
        expect(STRICT[place.verdict(asked, command)]).toBeGreaterThanOrEqual(before)
        expect(STRICT[place.verdict(allowed, command)]).toBeLessThanOrEqual(before)
      }),
      { numRuns: 1500 },
    )
  }, 60_000)

  it('is one of four for any text, any rule and any tool, and never an exception', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            ...'ab \\\'"`$(){}[]<>|&;#!=\n\t*~/.-',
            'touch ',
            'cat ',
            'cd ',
            '$X',
            '..',
            'bash -c ',
            'xargs ',
            '<<E\n',
            'for x in ',
          ),
          { maxLength: 50 },
        )
        .map((pieces) => pieces.join('')),
    )
    const tool = fc.oneof(
      fc.constantFrom('Bash', 'Edit', 'Write', 'Read', 'WebFetch', 'WebSearch', 'Agent', 'mcp__a__b', 'update_plan'),
      fc.string({ maxLength: 10 }),
    )
    const value = fc.oneof(text, fc.constant(null), fc.integer(), fc.array(text, { maxLength: 2 }))
    const input = fc.record({ command: value, file_path: value, url: value, subagent_type: value })
    fc.assert(
      fc.property(rules, text, tool, input, (policy, odd, name, given) => {
        const all = { ...policy, deny: [...(policy.deny ?? []), odd], allow: [...(policy.allow ?? []), `Bash(${odd})`] }
        const { verdict, reason } = place.judge(all, { name, input: given })
        expect(DECISIONS).toContain(verdict)
        expect(reason.length).toBeGreaterThan(3)
      }),
      { numRuns: 2000 },
    )
  }, 60_000)

  it('comes soon for whatever is long or deep', () => {
    for (const piece of [
      '(',
      '$(',
      '`',
      '"$(',
      '${',
      '{ ',
      '<<a ',
      'a;',
      'bash -c "',
      '[[ ',
      'a|',
      'cd x;',
      '{a,b}',
      '*/',
      'X=$X$X;',
    ]) {
      const begun = performance.now()
      const { verdict } = place.judge({ deny: ['Bash(rm:*)', 'Read(./.env)'] }, piece.repeat(50_000).slice(0, 99_000))
      expect(DECISIONS).toContain(verdict)
      expect(performance.now() - begun, piece).toBeLessThan(scaled(5_000))
    }
  }, 120_000)
})

function isReading(command: string): boolean {
  return place.verdict({ mode: 'dontAsk' }, command) === 'none'
}
