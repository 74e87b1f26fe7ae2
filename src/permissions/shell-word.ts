import type { Assignment as AssignmentNode, WordPart as PartNode, Word as WordNode } from 'unbash'
import { literalWord } from './literal-word.js'
import type { Word, WordConstruct } from './script.js'

/** The parts of a word whose value only the run can tell. */
const CONSTRUCTS: Readonly<Partial<Record<PartNode['type'], WordConstruct>>> = {
  CommandExpansion: 'command substitution',
  ProcessSubstitution: 'process substitution',
  ParameterExpansion: 'parameter expansion',
  ArithmeticExpansion: 'arithmetic expansion',
  AnsiCQuoted: 'ansi-c string',
  LocaleString: 'ansi-c string',
}

/** Turns a word of the parser's into what the rules look at. */
export function readWord({ text, value, parts }: WordNode): Word {
  const word = emptyWord(text)
  word.tilde = text.startsWith('~')
  word.quoted = /["'\\]/.test(text)
  // A word without quotes and expansions has no parts.
  if (parts === undefined) addText(word, value)
  else for (const part of parts) addPart(word, part)
  return word
}

/** The name of an assignment's target and its value; a word as a whole where it is an argument (`export A=b`). */
export function readAssignment(node: AssignmentNode): { name: string; value: Word; whole: Word } {
  const { name, text, value } = node
  const read = value.type === 'Word' ? readWord(value) : literalWord('')
  const head = value.type === 'Word' ? text.slice(0, text.length - value.text.length) : text
  const [first, ...rest] = read.parts
  const parts = typeof first === 'string' ? [head + first, ...rest] : [head, ...read.parts]
  return { name, value: read, whole: { ...read, text: head + read.text, raw: text, parts, tilde: false } }
}

/** The body of a heredoc as a word, in which expansions count where its delimiter is not quoted. */
export function readBody(text: string, parts: readonly PartNode[] | undefined): Word {
  const word = { ...emptyWord(text), quoted: true }
  if (parts === undefined) addText(word, text)
  else for (const part of parts) addPart(word, part)
  return word
}

function emptyWord(raw: string): Word {
  return { text: '', raw, parts: [], quoted: false, constructs: [], brace: false, glob: false, tilde: false }
}

function addText(word: Word, text: string): void {
  word.text += text
  const last = word.parts.length - 1
  if (typeof word.parts[last] === 'string') word.parts[last] += text
  else word.parts.push(text)
}

function addPart(word: Word, part: PartNode): void {
  // `${NAME}` is `$NAME`; the script as a whole still counts as one with a parameter expansion.
  const [, plain] = (part.type === 'ParameterExpansion' && /^\$\{([A-Za-z_]\w*)\}$/.exec(part.text)) || []
  if (plain !== undefined) {
    word.parts.push({ variable: plain })
    word.text += part.text
    return
  }
  const construct = CONSTRUCTS[part.type]
  if (construct !== undefined) word.constructs.push(construct)
  switch (part.type) {
    case 'DoubleQuoted':
    case 'LocaleString':
      // An empty string is a part of the word, too.
      addText(word, '')
      for (const child of part.parts) addPart(word, child)
      return
    case 'SimpleExpansion':
      word.parts.push({ variable: part.text.slice(1) })
      word.text += part.text
      return
    case 'Glob':
    case 'ExtendedGlob':
      word.glob = true
      addText(word, part.text)
      return
    case 'BraceExpansion':
      word.brace = true
      addText(word, part.text)
      return
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      addText(word, part.value)
      return
    default:
      addText(word, part.text)
  }
}
