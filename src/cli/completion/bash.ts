import { type CompletionCommand, type CompletionOption, childrenOf, ownFlagOptions } from './subcommand-tree.js'

/** Returns the bash script: it wraps codex's own function. `codex` is the output of `codex completion bash`, or ''. */
export function bashScript(codex: string, commands: readonly CompletionCommand[]): string {
  const flags = ownFlagOptions()
  const names = childrenOf([], commands).map(({ words }) => words[0] ?? '')
  const valued = flags.filter(({ values }) => values.length > 0)
  return `# bash completion of codex-plus, around codex's own.
${withoutRegistration(codex)}
_codex_plus_slash() {
  # The word as typed: bash splits it at each colon.
  local word="\${COMP_LINE:0:COMP_POINT}" name prefix=""
  word="\${word##*[[:space:]]}"
  local quote="\${word:0:1}"
  [[ "$quote" == [\\"\\'] ]] && word="\${word:1}" || quote=""
  [[ "$word" == /* ]] || return
  [[ -z "$quote" && "$word" == *:* && "$COMP_WORDBREAKS" == *:* ]] && prefix="\${word%"\${word##*:}"}"
  while IFS= read -r name; do
    # bash inserts the name unquoted: names with characters that are special to a shell are left out.
    [[ "$name" == *[^[:alnum:]:_.+@/-]* ]] && continue
    [[ "/$name" == "$word"* ]] && name="/$name" && COMPREPLY+=( "\${name#"$prefix"}" )
  done < <(codex-plus commands list --names 2>/dev/null)
}

_codex_plus_own() {
  local cur="$2" path="$1" opts=""
  case "$path" in
${commands.map((command) => caseOf(command, commands)).join('\n')}
  esac
  COMPREPLY=( $(compgen -W "$opts" -- "$cur") )
}

_codex_plus() {
  local cur="$2" prev="$3" path="" word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ "$word" == -* ]] && continue
    case "$path $word" in
${pathCases(commands)}
    esac
    break
  done
  if [[ -n "$path" ]]; then
    _codex_plus_own "$path" "$cur"
    return
  fi
  case "$prev" in
${valued.map(({ names: [name], values }) => `    ${name}) COMPREPLY=( $(compgen -W "${values.join(' ')}" -- "$cur") ); return ;;`).join('\n')}
  esac
  declare -F _codex >/dev/null && _codex "$@"
  if [[ "$cur" == -* ]]; then
    COMPREPLY+=( $(compgen -W "${flags.map(({ names: [name] }) => name).join(' ')}" -- "$cur") )
  elif [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY+=( $(compgen -W "${names.join(' ')}" -- "$cur") )
  fi
  _codex_plus_slash
}

if [[ "\${BASH_VERSINFO[0]}" -eq 4 && "\${BASH_VERSINFO[1]}" -ge 4 || "\${BASH_VERSINFO[0]}" -gt 4 ]]; then
  complete -F _codex_plus -o nosort -o bashdefault -o default codex-plus
else
  complete -F _codex_plus -o bashdefault -o default codex-plus
fi
`
}

/** Removes the end of codex's script, which would register it for `codex`. */
function withoutRegistration(codex: string): string {
  return codex.replace(/\nif \[\[ "\$\{BASH_VERSINFO\[0\]\}"[^\n]*\n\s*complete [\s\S]*$/, '\n')
}

function caseOf(command: CompletionCommand, commands: readonly CompletionCommand[]): string {
  const next = childrenOf(command.words, commands).map(({ words }) => words.at(-1) ?? '')
  const options = command.options.flatMap(({ names }: CompletionOption) => names)
  return `    "${command.words.join(' ')}") opts="${[...next, ...command.values, ...options].join(' ')}" ;;`
}

/** The `case` branches that follow the words of a command line down the tree of subcommands. */
function pathCases(commands: readonly CompletionCommand[]): string {
  const paths = commands.map(({ words }) => words.join(' '))
  return commands
    .map(({ words }) => {
      const above = words.slice(0, -1).join(' ')
      return `      "${above} ${words.at(-1)}") path="${words.join(' ')}"; continue ;;`
    })
    .filter((_, at) => paths[at] !== '')
    .join('\n')
}
