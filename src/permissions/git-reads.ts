import { hasFlag } from './programs.js'

/** Flags that write a file, run a program, or leave the repository, in any of the reading subcommands. */
const FORBIDDEN = (
  '--output --ext-diff --textconv --filters --open-files-in-pager --no-index --exec --upload-pack --contents ' +
  '--ignore-revs-file --parseopt --sq-quote --git-dir --work-tree --stdin --pathspec-from-file --batch-command -O'
).split(' ')

const READING = new Set(
  (
    'status log diff show shortlog blame annotate ls-files ls-tree rev-parse rev-list describe cat-file for-each-ref ' +
    'merge-base name-rev grep'
  ).split(' '),
)

const LIST_FLAGS = (
  '--all --remotes --verbose --list --show-current --contains --no-contains --merged --no-merged --points-at --sort ' +
  '--format --color --no-color --column --no-column --ignore-case --abbrev --no-abbrev --quiet'
).split(' ')
const LIST_VALUED = new Set([
  '--sort',
  '--format',
  '--contains',
  '--no-contains',
  '--points-at',
  '--merged',
  '--no-merged',
])

/** Whether `git` with these words (after the name) only reads; global flags such as -C and -c are never taken. */
export function gitReads(words: string[]): boolean {
  const [subcommand = '', ...rest] = words
  if (rest.some((word) => hasFlag(word, FORBIDDEN) && !(subcommand === 'diff' && word === '--no-index'))) return false
  if (READING.has(subcommand)) return !(subcommand === 'grep' && rest.some((word) => hasFlag(word, ['-f'])))
  const [first = ''] = rest
  switch (subcommand) {
    case 'branch':
      return lists(rest, 'arvliq')
    case 'tag':
      return lists(rest, 'nli')
    case 'remote':
      return rest.every((word) => word === '-v' || word === '--verbose')
    case 'stash':
      return first === 'list' || first === 'show'
    case 'reflog':
      return first === '' || first.startsWith('-') || first === 'show'
    case 'worktree':
      return first === 'list'
    case 'config':
      return /^--get(?:-all|-regexp)?$/.test(first) && rest.slice(1).every((word) => !word.startsWith('-'))
    default:
      return false
  }
}

/** `git branch` and `git tag` list as long as no name stands there that is not asked to be a pattern. */
function lists(words: string[], letters: string): boolean {
  const patterns = words.some((word) => word === '-l' || word === '--list')
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    const [name = ''] = word.split('=')
    if (word.startsWith('--')) {
      if (!LIST_FLAGS.includes(name)) return false
      if (LIST_VALUED.has(word)) at++
    } else if (word.startsWith('-')) {
      if (
        ![...word.slice(1)].every((letter) => letters.includes(letter) || (letters.includes('n') && /\d/.test(letter)))
      ) {
        return false
      }
    } else if (!patterns) return false
  }
  return true
}
