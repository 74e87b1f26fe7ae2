import { expect, it } from 'vitest'
import { readCommandLists, whyNotAllowed } from '../../src/config/command-lists.js'
import { scaled } from '../time.js'

const lists = (allow: unknown[]): Parameters<typeof whyNotAllowed>[1] => ({
  allow: readCommandLists(allow.map((value) => ({ value, where: 'a file' }))),
  deny: [],
})

it.each([
  ['deploy*', 'deploy:prod', true],
  ['*:prod', 'deploy:prod', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a.c', 'abc', false],
  ['/x', 'x', true],
])('%s and /%s: %s', (pattern, name, wanted) => {
  expect(whyNotAllowed(name, lists([[pattern]])) === null).toBe(wanted)
})

it('a pattern of many stars takes no time, whoever wrote it', () => {
  const begun = performance.now()
  expect(whyNotAllowed('a'.repeat(200), lists([[`${'*a'.repeat(30)}*b`]]))).not.toBeNull()
  expect(performance.now() - begun).toBeLessThan(scaled(3000))
})
