/** A literal stretch of a word, or the name of a variable that is put in its place. */
export type WordPart = string | { variable: string }

/** One shell word. `text` is it without quotes, expansions left as written; `raw` is its source. */
export type Word = {
  text: string
  raw: string
  parts: WordPart[]
  quoted: boolean
  /** `$(…)`, a backtick pair, `<(…)`, `${…}`, `$((…))`, `$'…'`: what makes the word's value unknown. */
  constructs: WordConstruct[]
  /** An unquoted `{a,b}` or `{1..3}`. */
  brace: boolean
  /** An unquoted `*`, `?` or `[…]`. */
  glob: boolean
  /** An unquoted `~` in front. */
  tilde: boolean
}

export type WordConstruct =
  | 'command substitution'
  | 'process substitution'
  | 'parameter expansion'
  | 'arithmetic expansion'
  | 'ansi-c string'

/** A redirection; of a heredoc the target is its body as bash would expand it. */
export type Redirection = { operator: string; descriptor: string | undefined; target: Word }

export type Assignment = { name: string; raw: string; value: Word }

/** A command with its arguments; `raw` is its source, redirections and assignments included. */
export type SimpleCommand = {
  words: Word[]
  assignments: Assignment[]
  redirections: Redirection[]
  raw: string
  /** It stands inside a substitution, a heredoc or a function body, not in the list itself. */
  nested: boolean
  /** What it reads on stdin comes through a pipe. */
  piped: boolean
}

export type Construct =
  | WordConstruct
  | 'subshell'
  | 'group'
  | 'background'
  | 'heredoc'
  | 'here string'
  | 'function'
  | 'arithmetic'
  | 'conditional expression'
  | 'case'
  | 'select'
  | 'coproc'
  | 'if'
  | 'for'
  | 'while'
  | 'negation'

/** What a command line holds: every simple command, the constructs met, and the first syntax error. */
export type Script = {
  commands: SimpleCommand[]
  constructs: Set<Construct>
  /** What the variables that it sets may hold; null for one that shows only when it runs. */
  variables: Map<string, Word[] | null>
  error: { offset: number; message: string } | undefined
}
