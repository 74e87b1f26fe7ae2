import { type Command, forEachChild, parse, type Redirection as RedirectionNode, type SyntaxNode } from 'unbash'
import { literalWord } from './literal-word.js'
import type { Construct, Redirection, Script, SimpleCommand, Word } from './script.js'
import { readAssignment, readBody, readWord } from './shell-word.js'

/** Lists nested deeper than this are reported as an error. */
const DEEPEST = 40
/** A longer line is not read. */
const LONGEST = 100_000
/** Openings of nested text beyond which a line is not read: the parser's time grows with their square. */
const MOST_OPENINGS = 3_000
const OPENING = /\$\(|[<>]\(|<<|\$\{/g

const CONSTRUCTS: Readonly<Partial<Record<SyntaxNode['type'], Construct>>> = {
  CommandExpansion: 'command substitution',
  ArithmeticCommandExpansion: 'command substitution',
  ProcessSubstitution: 'process substitution',
  ParameterExpansion: 'parameter expansion',
  ArithmeticExpansion: 'arithmetic expansion',
  AnsiCQuoted: 'ansi-c string',
  LocaleString: 'ansi-c string',
  Subshell: 'subshell',
  BraceGroup: 'group',
  HereDoc: 'heredoc',
  HereString: 'here string',
  Function: 'function',
  ArithmeticCommand: 'arithmetic',
  ArithmeticFor: 'arithmetic',
  TestCommand: 'conditional expression',
  Case: 'case',
  Select: 'select',
  Coproc: 'coproc',
  If: 'if',
  For: 'for',
  While: 'while',
  Negation: 'negation',
}

/** What stands in a place of its own: its commands are run by something else than the list they stand in. */
const NESTING: ReadonlySet<SyntaxNode['type']> = new Set([
  'CommandExpansion',
  'ArithmeticCommandExpansion',
  'ProcessSubstitution',
  'Function',
])

/** Builtins that set the variables their arguments name. */
const SETTING: ReadonlySet<string> = new Set('read mapfile readarray getopts printf let unset'.split(' '))

/** A variable that is set to more words than this counts as unknown. */
const MOST_VALUES = 64

/** What counts as a level of nesting. */
const LEVELS: ReadonlySet<SyntaxNode['type']> = new Set(['Script', 'CompoundList', 'ArithmeticGroup'])

/** Where the walk over the syntax tree stands. */
type Walk = {
  readonly script: Script
  readonly source: string
  readonly depth: number
  readonly nested: boolean
  readonly piped: boolean
}

/**
 * Reads a bash command line with the parser unbash. It never throws: what is wrong, in the line or in a script nested in
 * it, is in `error`, and what was read before stays.
 */
export function parseScript(text: string): Script {
  const script: Script = { commands: [], constructs: new Set(), variables: new Map(), error: undefined }
  const tooMuch =
    text.length > LONGEST
      ? 'is too long'
      : (text.match(OPENING)?.length ?? 0) > MOST_OPENINGS
        ? 'has too many parts'
        : null
  if (tooMuch !== null) {
    script.error = { offset: 0, message: `it ${tooMuch}` }
    return script
  }
  try {
    visit(parse(text), { script, source: text, depth: 0, nested: false, piped: false })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    fail(script, 'it is nested too deeply', 0)
  }
  return script
}

function visit(node: SyntaxNode, outside: Walk): void {
  const { script } = outside
  if (outside.depth >= DEEPEST) {
    fail(script, 'it is nested too deeply', node.pos)
    return
  }
  const walk = LEVELS.has(node.type) ? { ...outside, depth: outside.depth + 1 } : outside
  const construct = CONSTRUCTS[node.type]
  if (construct !== undefined) script.constructs.add(construct)
  const inside: Walk = NESTING.has(node.type) ? { ...walk, nested: true, piped: false } : walk
  switch (node.type) {
    case 'Script':
    case 'CompoundList':
      visitList(node, inside)
      return
    case 'Statement':
      if (node.background) script.constructs.add('background')
      break
    case 'CommandExpansion':
    case 'ArithmeticCommandExpansion':
    case 'ProcessSubstitution':
      if (node.script === undefined) fail(script, 'a substitution is not understood', node.pos)
      break
    case 'ArithmeticCommand':
    case 'ArithmeticExpansion':
      if (node.expression === undefined && !/^[\s$([\])]*$/.test(textOf(node, walk))) {
        fail(script, 'an arithmetic expression is not understood', node.pos)
      }
      break
    case 'ArrayValue':
      fail(script, 'arrays are not understood', node.pos)
      break
    case 'ExtendedGlob':
      fail(script, 'an extended pattern is not understood', node.pos)
      break
    case 'HereDoc':
      if (node.closing === undefined)
        fail(script, `the heredoc '${node.delimiter?.value ?? ''}' is not closed`, node.pos)
      break
    case 'For':
      setVariable(script, node.name.value, node.wordlist ? node.wordlist.map(readWord) : null)
      break
    case 'Select':
      setVariable(script, node.name.value, null)
      break
    case 'Assignment': {
      const { name, value } = readAssignment(node)
      setVariable(script, name, node.value.type === 'Word' && !node.append && !node.index ? [value] : null)
      break
    }
    case 'ParameterExpansion':
      // `${NAME:=value}` sets it, too.
      if (node.operation?.type === 'Default' && node.operation.operator.endsWith('=')) {
        setVariable(script, node.parameter, null)
      }
      break
    case 'Pipeline':
      visitPipeline(node, inside)
      return
    case 'Redirected':
      visit(node.command, inside)
      for (const redirect of node.redirects) visit(redirect, inside)
      keepRedirections(node.redirects, inside)
      return
    case 'Command':
    case 'TestCommand':
      visitCommand(node, inside)
      return
  }
  forEachChild(node, (child) => visit(child, inside))
}

/** A list of statements. The positions in a script that was decoded from backticks are those of its own text. */
function visitList(node: Extract<SyntaxNode, { type: 'Script' | 'CompoundList' }>, walk: Walk): void {
  const errors = node.type === 'Script' ? (node.errors ?? []) : []
  for (const { message, pos } of errors.slice(0, 1)) fail(walk.script, message, pos)
  const source = (node.type === 'Script' ? node.source : undefined) ?? walk.source
  for (const statement of node.commands) visit(statement, { ...walk, source })
}

function visitPipeline(node: Extract<SyntaxNode, { type: 'Pipeline' }>, walk: Walk): void {
  for (const prefix of node.prefixes) visit(prefix, walk)
  let first: SimpleCommand | undefined
  for (const [at, command] of node.commands.entries()) {
    visit(command, { ...walk, piped: walk.piped || at > 0 })
    if (at === 0 && command.type === 'Command')
      first = walk.script.commands.findLast(({ nested }) => nested === walk.nested)
  }
  if (!node.prefixes.some(({ type }) => type === 'Time')) return
  // bash measures the whole pipeline; to the rules `time` is a wrapper of its first command.
  if (first === undefined)
    walk.script.commands.push({ ...emptyCommand(walk), words: [literalWord('time')], raw: 'time' })
  else {
    first.words.unshift(literalWord('time'))
    first.raw = `time ${first.raw}`
  }
}

/** Substitutions run before the command; a heredoc's are found behind it. */
function visitCommand(node: Extract<SyntaxNode, { type: 'Command' | 'TestCommand' }>, walk: Walk): void {
  const bodies: SyntaxNode[] = []
  forEachChild(node, (child) => {
    if (child.type === 'HereDoc') bodies.push(child)
    else visit(child, walk)
  })
  const command = node.type === 'Command' ? simpleCommand(node, walk) : testCommand(node, walk)
  walk.script.commands.push(command)
  // What these builtins put into a variable shows only when they run.
  if (SETTING.has(command.words[0]?.text ?? '')) {
    for (const { text } of command.words.slice(1)) setVariable(walk.script, text.replace(/[=[].*$/s, ''), null)
  }
  for (const body of bodies) visit(body, { ...walk, nested: true })
}

function simpleCommand(node: Command, walk: Walk): SimpleCommand {
  const command: SimpleCommand = { ...emptyCommand(walk), raw: textOf(node, walk) }
  for (const part of [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix]) {
    if (part.type === 'Word') command.words.push(readWord(part))
    else if (part.type !== 'Assignment') command.redirections.push(...readRedirection(part, walk))
    else if (command.words.length > 0) command.words.push(readAssignment(part).whole)
    else {
      const { name, value } = readAssignment(part)
      command.assignments.push({ name, raw: part.text, value })
    }
  }
  return command
}

/** `[[ … ]]` as a command: its operands and operators are its words. */
function testCommand(node: Extract<SyntaxNode, { type: 'TestCommand' }>, walk: Walk): SimpleCommand {
  const words = testWords(node.expression)
  return { ...emptyCommand(walk), words: [literalWord('[['), ...words, literalWord(']]')], raw: textOf(node, walk) }
}

type Test = Extract<SyntaxNode, { type: 'TestCommand' }>['expression']

function testWords(test: Test): Word[] {
  switch (test.type) {
    case 'TestUnary':
      return [literalWord(test.operator), readWord(test.operand)]
    case 'TestBinary':
      return [readWord(test.left), literalWord(test.operator), readWord(test.right)]
    case 'TestLogical':
      return test.operands.flatMap((operand, at) => [
        ...(at === 0 ? [] : [literalWord(test.operator)]),
        ...testWords(operand),
      ])
    case 'TestNot':
      return [literalWord('!'), ...testWords(test.operand)]
    case 'TestGroup':
      return [literalWord('('), ...testWords(test.expression), literalWord(')')]
  }
}

/** The redirections of a whole compound stand as a command without words. */
function keepRedirections(nodes: readonly RedirectionNode[], walk: Walk): void {
  const [first, last] = [nodes[0], nodes.at(-1)]
  if (!first || !last) return
  walk.script.commands.push({
    ...emptyCommand(walk),
    redirections: nodes.flatMap((node) => readRedirection(node, walk)),
    raw: walk.source.slice(first.pos, last.end),
  })
}

function readRedirection(node: RedirectionNode, walk: Walk): Redirection[] {
  const { operator, descriptor } = node
  const number = descriptor && ('value' in descriptor ? String(descriptor.value) : `{${descriptor.name}}`)
  if (node.type === 'HereDoc') {
    return [{ operator, descriptor: number, target: readBody(node.body.text, node.body.parts) }]
  }
  if (node.target) return [{ operator, descriptor: number, target: readWord(node.target) }]
  fail(walk.script, `'${operator}' has no target`, node.pos)
  return []
}

function emptyCommand({ nested, piped }: Walk): SimpleCommand {
  return { words: [], assignments: [], redirections: [], raw: '', nested, piped }
}

function textOf({ pos, end }: SyntaxNode, { source }: Walk): string {
  return source.slice(pos, end)
}

/** A variable that is set several times may hold each of the values. */
function setVariable({ variables }: Script, name: string, words: Word[] | null): void {
  const before = variables.get(name)
  const known = words !== null && before !== null && (before?.length ?? 0) + words.length <= MOST_VALUES
  variables.set(name, known ? [...(before ?? []), ...words] : null)
}

function fail(script: Script, message: string, offset: number): void {
  script.error ??= { offset, message }
}
