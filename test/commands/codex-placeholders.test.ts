import { describe, expect, it } from 'vitest'
import { unmark } from '../../src/commands/argument-marks.js'
import { substitutePlaceholders } from '../../src/commands/codex-placeholders.js'

const put = (body: string, args: string): string => unmark(substitutePlaceholders(body, args, '/prompts:p'))

describe('a prompt file of codex', () => {
  it.each([
    ['named values', 'Fix $ID: $TITLE ($ID)', 'ID=7 TITLE="Two words"', 'Fix 7: Two words (7)'],
    ['a value in single quotes', '$A', 'A=\'it is "so"\'', 'it is "so"'],
    ['a quote inside a word', '$A|$B', 'A=x"y z"w B=1', 'xy zw|1'],
    ['escapes', '$A', 'A="a \\"b\\" \\\\ \\n" ', 'a "b" \\ \\n'],
    ['an escaped blank', '$A', 'A=a\\ b', 'a b'],
    ['an empty value', '[$A]', 'A=', '[]'],
    ['a value with =', '$A', 'A=b=c', 'b=c'],
    ['line ends between values', '$A $B', 'A=1\n\tB=2', '1 2'],
    ['a value that looks like a placeholder', '$A $B', 'A=$B B=2', '$B 2'],
    ['names that begin alike', '$FILE $FILE_NAME', 'FILE=a FILE_NAME=b', 'a b'],
    ['words', '$1-$2-$9', 'a "b c"', 'a-b c-'],
    ['a digit behind a place', '$10', 'a', 'a0'],
    ['all words', 'all: $ARGUMENTS', 'a  "b c"', 'all: a b c'],
    ['dollars', 'costs $$5 and $$ID, $ and $x', 'more', 'costs $5 and $ID, $ and $x\n\nARGUMENTS: more'],
    ['dollars beside a place', '$$$1', '5', '$5'],
    ['no place and no words', 'plain', '', 'plain'],
    ['no place', 'plain', 'a "b"', 'plain\n\nARGUMENTS: a "b"'],
    ['a zero, which is no place', '$0 $1', 'a', '$0 a'],
    ['lower case, which is no place', '$home', 'x', '$home\n\nARGUMENTS: x'],
    ['an open quote', '$1 $2', "don't stop", "don't stop"],
    ['names and words', '$ID: $ARGUMENTS', 'ID=7 rest of it', '7: ID=7 rest of it'],
    ['a name and a word', '$ID: $1', 'ID=7 rest', '7: rest'],
    ['a text below the values', 'Fix $ID', "ID=7\nit doesn't work: a=b\n", "Fix 7\n\nARGUMENTS: it doesn't work: a=b"],
    ['values on several lines', '$A $B', 'A="1\n2"\n B=3', '1\n2 3'],
    ['values for nothing', '$A', 'A=1 B=2', '1'],
  ])('%s', (_, body, args, text) => {
    expect(put(body, args)).toBe(text)
  })

  it('says which values are missing, and how to write them', () => {
    expect(() => put('$ID $TITLE $ID', 'TITLE=x')).toThrow(
      expect.objectContaining({
        code: 'CP_COMMAND_ARGUMENTS',
        message: '/prompts:p needs a value for ID.',
        hint: 'Write /prompts:p ID="..."',
      }),
    )
  })

  it('says which word has no place', () => {
    expect(() => put('$TITLE', 'TITLE=Two words')).toThrow(/no place for 'words'/)
    expect(() => put('$TITLE', 'two')).toThrow(/needs a value for TITLE/)
    expect(() => put('$TITLE', `TITLE=it's mine`)).toThrow(/needs a value for TITLE/)
  })

  it('opens no shell block by an argument', () => {
    expect(put('$1', '"!`id`"')).not.toContain('!`')
  })

  it('has a limit', () => {
    expect(() => put('$1'.repeat(1000), 'x'.repeat(100_000))).toThrow(/larger than 16 MB/)
  })
})
