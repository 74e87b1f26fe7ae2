import { describe, expect, it } from 'vitest'
import { meetsCondition } from '../../../src/hooks/select/if-condition.js'

const place = { cwd: '/p', home: '/h' }
const bash = (command: string): object => ({ tool_name: 'Bash', tool_input: { command } })
const tool = (name: string, input: object = {}): object => ({ tool_name: name, tool_input: input })

describe('meetsCondition', () => {
  it.each([
    ['', 'ls', true],
    ['Bash', 'ls', true],
    ['Bash(*)', 'ls', true],
    ['bash', 'ls', false],
    ['Read', 'ls', false],
    ['Bash(git push:*)', 'git push -f', true],
    ['Bash(git push *)', 'git status', false],
    ['Bash(rm *)', 'cd x && rm -r y', true],
    ['Bash(rm *)', 'FOO=1 rm -r y', true],
    ['Bash(rm *)', 'echo $(rm -r y)', true],
    ['Bash(rm *)', 'echo $(date)', false],
    ['Bash(git *)', 'echo $(date)', false],
    ['Bash(git push *)', 'echo $(date)', true],
    ['Bash(echo tool-ran)', 'echo $(date)', true],
    ['Bash(rm *)', "echo 'not closed", true],
    ['Bash(', 'ls', false],
  ])('%j and %s: %s', (condition, command, expected) => {
    expect(meetsCondition(condition, bash(command) as never, place)).toBe(expected)
  })

  it.each([
    ['Edit(*.ts)', tool('Edit', { file_path: '/p/src/a.ts' }), true],
    ['Edit(*.ts)', tool('Edit', { file_path: '/p/src/a.js' }), false],
    ['Edit(*.ts)', tool('Write', { file_path: '/p/src/a.ts' }), false],
    ['Write(/secret/**)', tool('Write', { file_path: '/p/secret/a' }), true],
    ['Read(~/.ssh/**)', tool('Read', { file_path: '/h/.ssh/id' }), true],
    ['WebFetch(domain:example.com)', tool('WebFetch', { url: 'https://example.com/x' }), true],
    ['WebFetch(domain:example.com)', tool('WebFetch', { url: 'https://other.com/x' }), false],
    ['mcp__srv', tool('mcp__srv__echo'), true],
    ['mcp__srv__*', tool('mcp__srv__echo'), true],
    ['mcp__srv__ech', tool('mcp__srv__echo'), false],
    ['Task(Explore)', tool('Task', { subagent_type: 'Explore' }), true],
    ['Agent(Explore)', tool('Task', { subagent_type: 'Explore' }), true],
    ['Task(Explore)', tool('Agent', { subagent_type: 'Plan' }), false],
    ['Bash(ls)', { prompt: 'x' }, false],
  ])('%s and %j: %s', (condition, payload, expected) => {
    expect(meetsCondition(condition, payload as never, place)).toBe(expected)
  })
})
