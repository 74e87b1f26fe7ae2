import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesPath, parseRule, ruleProblem, splitToolRules } from '../../src/permissions/parse-rule.js'

describe('an allowed-tools value', () => {
  it.each<[unknown, string[]]>([
    ['Bash(git status:*), Bash(touch:*), Read', ['Bash(git status:*)', 'Bash(touch:*)', 'Read']],
    ['Bash(git add *) Read Write', ['Bash(git add *)', 'Read', 'Write']],
    ['Bash(touch a,b), Read', ['Bash(touch a,b)', 'Read']],
    ['Bash(echo $(a b)), mcp__srv__tool', ['Bash(echo $(a b))', 'mcp__srv__tool']],
    [
      ['Bash(touch:*)', 'Read, Write'],
      ['Bash(touch:*)', 'Read', 'Write'],
    ],
    [['Bash', 3, null], ['Bash']],
    ['', []],
    [null, []],
    [true, []],
  ])('%j is split', (value, rules) => {
    expect(splitToolRules(value)).toEqual(rules)
  })
})

describe('a rule', () => {
  it.each<[string, ReturnType<typeof parseRule>]>([
    ['Bash', { tool: 'Bash', content: undefined }],
    ['Bash(*)', { tool: 'Bash', content: undefined }],
    ['Bash()', { tool: 'Bash', content: undefined }],
    ['Bash(git *)', { tool: 'Bash', content: 'git *' }],
    ['Bash(touch * )', { tool: 'Bash', content: 'touch *' }],
    ['mcp__srv__tool', { tool: 'mcp__srv__tool', content: undefined }],
    ['mcp__srv__*', { tool: 'mcp__srv__*', content: undefined }],
    ['*', undefined],
    ['Bash(a', undefined],
    ['Bash(:*)', undefined],
  ])('%j is taken apart', (rule, parsed) => {
    expect(parseRule(rule)).toEqual(parsed)
  })

  it.each([
    ['', /empty/],
    ['Bash(touch:*', /not closed/],
    ['Bash touch)', /not opened/],
    ['*', /no rule/],
    ['Bash(:*)', /no command/],
    ['bash(touch:*)', /wrong case.*Bash/],
    ['Bsah', /not known/],
    ['mcp__srv__tool(x)', /no parentheses/],
    ['Ba*', /\*/],
  ])('%j has a problem', (rule, problem) => {
    expect(ruleProblem(rule)).toMatch(problem)
  })

  it.each(['Bash', 'Bash(git:*)', 'Read(//etc/**)', 'mcp__a__b', 'mcp__a__*', 'WebFetch(domain:x.y)'])(
    '%j is fine',
    (rule) => {
      expect(ruleProblem(rule)).toBeNull()
    },
  )
})

describe('a path rule', () => {
  it.each<[string, string, boolean]>([
    ['Read(./f.txt)', '/p/f.txt', true],
    ['Read(./f.txt)', '/p/sub/f.txt', false],
    ['Read(f.txt)', '/p/f.txt', true],
    ['Read(f.txt)', '/p/a/b/f.txt', true],
    ['Read(f.txt)', '/q/f.txt', false],
    ['Read(*.env)', '/p/a/x.env', true],
    ['Read(secret)', '/p/secret/deep/x', true],
    ['Read(secret/**)', '/p/secret/deep/x', true],
    ['Read(secret/**)', '/p/secrets/x', false],
    ['Read(src/*.ts)', '/p/src/a.ts', true],
    ['Read(src/*.ts)', '/p/src/a/b.ts', false],
    ['Read(src/**/b.ts)', '/p/src/b.ts', true],
    ['Read(src/**/b.ts)', '/p/src/x/y/b.ts', true],
    ['Read(/f.txt)', '/p/f.txt', true],
    ['Read(/f.txt)', '/f.txt', false],
    ['Read(//etc/**)', '/etc/passwd', true],
    ['Read(//etc/**)', '/p/etc/passwd', false],
    ['Read(~/x)', '/h/x', true],
    ['Read(~/.ssh/**)', '/h/.ssh/id', true],
    ['Read(../q/*)', '/q/a', true],
    ['Read', '/anything', true],
    ['Edit(f.txt)', '/p/f.txt', true],
    ['Edit', '/p/f.txt', false],
    ['Bash(f.txt)', '/p/f.txt', false],
    ['Read(f.txt', '/p/f.txt', false],
    ['Read(f?.txt)', '/p/f1.txt', true],
    ['Read(f?.txt)', '/p/f12.txt', false],
  ])('%s and %s: %s', (rule, path, matched) => {
    expect(matchesPath(rule, path, '/p', '/h')).toBe(matched)
  })

  it('never throws', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab*?[]()/.~,: \\') })
    fc.assert(
      fc.property(text, text, (rule, path) => typeof matchesPath(`Read(${rule})`, path, '/p', '/h') === 'boolean'),
    )
    expect(matchesPath(`Read(${'*a'.repeat(2000)})`, `/${'a'.repeat(4000)}b`, '/', '/h')).toBe(false)
    expect(matchesPath(`Read(//${'**/'.repeat(150)}x)`, `/${'a/'.repeat(2000)}b`, '/', '/h')).toBe(false)
  })
})
