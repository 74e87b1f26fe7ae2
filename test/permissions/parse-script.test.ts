import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseScript } from '../../src/permissions/parse-script.js'

const argv = (text: string): string[][] => parseScript(text).commands.map(({ words }) => words.map((word) => word.text))

describe('a command line', () => {
  it.each<[string, string[][]]>([
    ['git status --short', [['git', 'status', '--short']]],
    ['a && b || c ; d | e & f', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    ['a\nb # c d\n\ne', [['a'], ['b'], ['e']]],
    ['a \\\n b', [['a', 'b']]],
    ['echo "a b" \'c d\' e\\ f g"h"\'i\'', [['echo', 'a b', 'c d', 'e f', 'ghi']]],
    ['echo "x \\"y\\" \\n"', [['echo', 'x "y" \\n']]],
    ['FOO=1 BAR="a b" touch t', [['touch', 't']]],
    ['printf x 2>&1 > o.txt y', [['printf', 'x', 'y']]],
    [
      'if [ -f x ]; then touch t; elif a; then b; else c; fi',
      [['[', '-f', 'x', ']'], ['touch', 't'], ['a'], ['b'], ['c']],
    ],
    ['for x in a "b c"; do echo $x; done', [['echo', '$x']]],
    ['while read l; do echo "$l"; done < f', [['read', 'l'], ['echo', '$l'], []]],
    ['(touch t; ls) | wc', [['touch', 't'], ['ls'], ['wc']]],
    ['{ touch t; }', [['touch', 't']]],
    ['! grep -q x f', [['grep', '-q', 'x', 'f']]],
    [
      'touch $(echo "$(pwd)" `id -u`)',
      [['pwd'], ['id', '-u'], ['echo', '$(pwd)', '`id -u`'], ['touch', '$(echo "$(pwd)" `id -u`)']],
    ],
    ['cat <<E\nx $(rm a) y\nE\nls', [['cat'], ['rm', 'a'], ['ls']]],
    ["cat <<'E'\nx $(rm a) y\nE\nls", [['cat'], ['ls']]],
    ['f() { rm x; }', [['rm', 'x']]],
    [
      'diff <(ls a) <(ls b)',
      [
        ['ls', 'a'],
        ['ls', 'b'],
        ['diff', '<(ls a)', '<(ls b)'],
      ],
    ],
    ['', []],
  ])('%j is taken apart', (text, commands) => {
    expect(argv(text)).toEqual(commands)
    expect(parseScript(text).error).toBeUndefined()
  })

  it.each([
    ['echo "a'],
    ["echo 'a"],
    ['echo `a'],
    ['echo $(a'],
    ['(a'],
    ['a)'],
    ['a &&'],
    ['| a'],
    ['a ;; b'],
    ['if a; then b'],
    ['fi'],
    ['for'],
    ['a >'],
    ['cat <<E\nx'],
    ['a=(1 2)'],
    ['${a'],
    [`${'('.repeat(200)}a${')'.repeat(200)}`],
  ])('%j has a syntax error', (text) => {
    expect(parseScript(text).error?.message).toMatch(/\w/)
  })

  it.each<[string, string]>([
    ['a &', 'background'],
    ['(a)', 'subshell'],
    ['{ a; }', 'group'],
    ['a <<< b', 'here string'],
    ['a <<E\nE', 'heredoc'],
    ['echo $((1 + 2))', 'arithmetic expansion'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell expansion
    ['echo "${A:-b}"', 'parameter expansion'],
    ["echo $'a'", 'ansi-c string'],
    ['[[ -f x ]]', 'conditional expression'],
    ['((x++))', 'arithmetic'],
    ['case x in a) b;; esac', 'case'],
  ])('%j is seen to hold a %s', (text, construct) => {
    expect([...parseScript(text).constructs]).toContain(construct)
  })

  it('keeps quotes from expansions', () => {
    const [command] = parseScript('echo {a,b} "{a,b}" *.ts \'*\' ~/x "~" $HOME \\$HOME').commands
    const words = command?.words ?? []
    expect(words.map(({ brace, glob, tilde }) => [brace, glob, tilde].map(Number).join(''))).toEqual([
      '000',
      '100',
      '000',
      '010',
      '000',
      '001',
      '000',
      '000',
      '000',
    ])
    expect(words.at(-2)?.parts).toEqual([{ variable: 'HOME' }])
    expect(words.at(-1)?.parts).toEqual(['$HOME'])
  })

  it('gives back what was quoted', () => {
    const word = fc.string({ unit: 'grapheme' })
    const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(argv(['x', ...words.map(quote)].join(' '))).toEqual([['x', ...words]])
      }),
    )
  })

  it('never throws', () => {
    const shell = fc.constantFrom(
      ...'ab \\\'"`$(){}[]<>|&;#!=\n\t*~',
      'if ',
      'then ',
      'fi',
      'do ',
      'for ',
      '<<E',
      '$(',
      '((',
      'case ',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(shell, { maxLength: 80 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (line) => Array.isArray(parseScript(line).commands)),
      { numRuns: 2000 },
    )
  })

  it('ends soon whatever is repeated', () => {
    for (const piece of [
      '(',
      '$(',
      '`',
      '"',
      "'",
      '${',
      '{ ',
      'if ',
      '<<a ',
      'a=',
      '[[ ',
      '((',
      '\\`',
      'f() ',
      '!',
      '"$(',
      'a;',
    ]) {
      const { commands } = parseScript(piece.repeat(30_000))
      expect(commands.length).toBeLessThanOrEqual(60_000)
    }
  }, 20_000)
})
