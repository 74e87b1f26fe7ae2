import { expect, it } from 'vitest'
import { limitProblems } from '../../src/config/limit-problems.js'

const about = (file: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${file}:${at + 1}: entry ${at} is wrong: really.`)

it('five problems of each file are kept, and a line counts the others', () => {
  expect(limitProblems(about('/a.json', 5))).toEqual(about('/a.json', 5))
  expect(limitProblems(about('/a.json', 6))).toEqual([...about('/a.json', 5), '/a.json: and 1 more problem.'])
  const both = [...about('/a b.json', 5000), ...about('/c.json', 7), '/c.json: the whole file is wrong.']
  expect(limitProblems(both)).toEqual([
    ...about('/a b.json', 5),
    '/a b.json: and 4995 more problems.',
    ...about('/c.json', 5),
    '/c.json: and 3 more problems.',
  ])
})

it('what is about no file is kept', () => {
  const lines = Array.from({ length: 9 }, (_, at) => `problem ${at}`)
  expect(limitProblems(lines)).toEqual(lines)
})
