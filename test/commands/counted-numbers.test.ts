import { describe, expect, it } from 'vitest'
import { unmark } from '../../src/commands/argument-marks.js'
import { countedNumbers } from '../../src/commands/counted-numbers.js'
import { countingOf, substituteArguments } from '../../src/commands/substitute-arguments.js'

function put(body: string, args: string, file: { hinted?: boolean; skill?: boolean } = {}): string {
  const counts = countedNumbers(body, { hinted: file.hinted ?? false, skill: file.skill ?? false })
  return unmark(substituteArguments(body, { args, names: [], counting: countingOf(body), counts }))
}

describe('in prose of a command file', () => {
  it.each([
    ['Deploy $1 to $2.', 'Deploy a to b.'],
    ['Look at `legacy/$1` and `$2`.', 'Look at `legacy/a` and `b`.'],
    ['- $1: first\n- <$2>', '- a: first\n- <b>'],
    ['| $1 | "$2" |', '| a | "b" |'],
    ['  $1 is indented by two', '  a is indented by two'],
    ['1. item\n\n   $1 goes on with the item', '1. item\n\n   a goes on with the item'],
    ['text\n    $1 continues the paragraph', 'text\n    a continues the paragraph'],
    ['src/$1/index.ts, $2.md and $1-$2', 'src/a/index.ts, b.md and a-b'],
  ])('%j', (body, expected) => {
    expect(put(body, 'a b')).toBe(expected)
  })
})

describe('code, money and awk stay as written', () => {
  it.each([
    "Run `awk '{print $1}' report.csv` now.",
    'Run `git show $1` now.',
    '```sh\necho $1\n```',
    '~~~\n$1\n~~~',
    '- item\n  ```\n  $1\n  ```',
    'text\n\n    echo $1\n\n    echo $2',
    'text\n\n\techo $1',
    '```\nnever closed $1',
    'Costs $1,000 or $2.5 or $5k or $3/M or $5-10 or <$5 or US$5.',
    'At $3 per month, $5 million, $2 USD, ~$4, $1/month.',
    'Over $20 and $15.',
    'SELECT $10',
    "awk -F',' '{print $1}' x",
    "awk '\n/a/ { print $1 }\n' file",
  ])('%j', (body) => {
    expect(put(body, 'a b c d e f')).toBe(`${body}\n\nARGUMENTS: a b c d e f`)
  })

  it('`$0` in awk is no reason to count from zero', () => {
    expect(put("Fix $1.\n\n```\nawk '{print $0}' x\n```", 'a b')).toBe("Fix a.\n\n```\nawk '{print $0}' x\n```")
    expect(put('From $0 to $1', 'a b')).toBe('From a to b')
  })
})

describe('a file that declares its arguments', () => {
  it('fills every one, code too, but for awk', () => {
    expect(put("`git show $1` awk '{print $1}' $1,000 $3", 'a b', { hinted: true })).toBe(
      "`git show a` awk '{print $1}' a,000 $3",
    )
  })

  it('and has $ARGUMENTS means the prose alone', () => {
    expect(put('`git show $1` of $1: $ARGUMENTS', 'a b', { hinted: true })).toBe('`git show $1` of a: a b')
  })
})

it('a skill counts only where it declares its arguments', () => {
  expect(put('Deploy $1.', 'a', { skill: true })).toBe('Deploy $1.\n\nARGUMENTS: a')
  expect(put('Deploy $1.', 'a', { skill: true, hinted: true })).toBe('Deploy a.')
  expect(put('Deploy $0.', 'a', { skill: true })).toBe('Deploy a.')
})

it('a value that holds a placeholder is not substituted again', () => {
  expect(put('$1 and $ARGUMENTS', '$ARGUMENTS $2')).toBe('$ARGUMENTS and $ARGUMENTS $2')
})
