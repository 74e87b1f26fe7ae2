import { type CompletionCommand, type CompletionOption, childrenOf, ownFlagOptions } from './subcommand-tree.js'

/** Returns the zsh script: it wraps codex's own function. `codex` is the output of `codex completion zsh`, or ''. */
export function zshScript(codex: string, commands: readonly CompletionCommand[]): string {
  const flags = ownFlagOptions()
  const valued = flags.filter(({ values }) => values.length > 0)
  return `#compdef codex-plus
# zsh completion of codex-plus, around codex's own.
${withoutRegistration(codex)}
_codex_plus_slash() {
  local -a names
  names=( /\${^\${(f)"$(codex-plus commands list --names 2>/dev/null)"}} )
  compadd -a names
}

_codex_plus_own() {
  local -a next options
  case "$1" in
${commands.map((command) => caseOf(command, commands)).join('\n')}
  esac
  (( $#next )) && _describe -t commands 'codex-plus subcommand' next
  _describe -o 'option' options
}

_codex_plus() {
  local word subcommand=""
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] && continue
    case "$subcommand $word" in
${pathCases(commands)}
    esac
    break
  done
  if [[ -n "$subcommand" ]]; then
    _codex_plus_own "$subcommand"
    return
  fi
  case "\${words[CURRENT-1]}" in
${valued.map(({ names: [name], values }) => `    ${name}) compadd ${values.join(' ')}; return ;;`).join('\n')}
  esac
  if [[ "$PREFIX" == /* ]]; then
    _codex_plus_slash
  elif [[ "$PREFIX" == -* ]]; then
    local -a flags
    flags=( ${flags.map(described).join(' ')} )
    _describe -o 'codex-plus' flags
  elif (( CURRENT == 2 )); then
    local -a own
    own=( ${childrenOf([], commands).map(commandItem).join(' ')} )
    _describe -t codex-plus-commands 'codex-plus' own
  fi
  (( $+functions[_codex] )) || return
  # codex's script takes the first word for a prompt and expects its subcommand after it (0.169): insert one.
  local at
  for (( at = 2; at < CURRENT; at++ )); do
    [[ "\${words[at]}" == -* ]] && continue
    if (( $+functions[_codex__\${words[at]}_commands] )); then
      words=( "\${(@)words[1,at-1]}" prompt "\${(@)words[at,-1]}" )
      (( CURRENT++ ))
    fi
    break
  done
  _codex "$@"
}

if [ "$funcstack[1]" = "_codex-plus" ]; then
  _codex_plus "$@"
else
  compdef _codex_plus codex-plus
fi
`
}

/** Removes the end of codex's script, which would register it for `codex`. */
function withoutRegistration(codex: string): string {
  return codex.replace(/^#compdef[^\n]*\n/, '').replace(/\nif \[ "\$funcstack\[1\]" = "_codex" \][\s\S]*$/, '\n')
}

function caseOf(command: CompletionCommand, commands: readonly CompletionCommand[]): string {
  const next = [
    ...childrenOf(command.words, commands).map(commandItem),
    ...command.values.map((value) => quoted(value)),
  ]
  return `    "${command.words.join(' ')}") next=( ${next.join(' ')} ); options=( ${command.options.map(described).join(' ')} ) ;;`
}

function commandItem({ words, description }: CompletionCommand): string {
  return quoted(`${words.at(-1)}:${description}`)
}

function described({ names, description }: CompletionOption): string {
  return names.map((name) => quoted(`${name}:${description}`)).join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function pathCases(commands: readonly CompletionCommand[]): string {
  return commands
    .map(
      ({ words }) =>
        `      "${words.slice(0, -1).join(' ')} ${words.at(-1)}") subcommand="${words.join(' ')}"; continue ;;`,
    )
    .join('\n')
}
