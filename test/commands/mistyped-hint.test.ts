import { expect, it } from 'vitest'
import { mistypedHint, nearestName } from '../../src/commands/slash-prompt.js'

const KNOWN = ['ask', 'commit', 'db:migrate', 'fix-tests', 'compact', 'cd', 'review']
const hint = (prompt: string): string | null => mistypedHint(prompt, KNOWN)

it.each([
  ['/aks x', 'ask'],
  ['/as', 'ask'],
  ['/asks', 'ask'],
  ['/comit', 'commit'],
  ['/cmmti', 'commit'],
  ['/Commti', 'commit'],
  ['/db:migrte all', 'db:migrate'],
  ['/fix_test', 'fix-tests'],
  ['/revieww now', 'review'],
])('%s is a mistyped /%s', (prompt, name) => {
  expect(hint(prompt)).toBe(`no command ${prompt.split(' ')[0]}; did you mean /${name}?`)
})

it.each([
  '/ask',
  '/ask it',
  'ask',
  'say /aks',
  '/',
  '/x',
  '/usk',
  '/banana',
  '/etc/aks',
  '/tmp',
  '/usr',
  '/ aks',
  '//ask',
])('%s has no hint, or a near one', (prompt) => {
  if (prompt === '/usk') expect(hint(prompt)).toBe('no command /usk; did you mean /ask?')
  else expect(hint(prompt)).toBeNull()
})

it('the first of two that are equally near counts', () => {
  expect(mistypedHint('/tesk', ['task', 'desk', 'test'])).toBe('no command /tesk; did you mean /task?')
  expect(mistypedHint('/testt', ['tests', 'test'])).toBe('no command /testt; did you mean /tests?')
})

it('two letters that changed places are one mistake', () => {
  expect(nearestName('aks', ['ask'])).toBe('ask')
  expect(nearestName('abcd', ['badc'])).toBeNull()
})
