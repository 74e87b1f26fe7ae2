import { type CompletionCommand, type CompletionOption, childrenOf, ownFlagOptions } from './subcommand-tree.js'

/** Returns the fish script, with codex's own lines renamed. `codex` is the output of `codex completion fish`, or ''. */
export function fishScript(codex: string, commands: readonly CompletionCommand[]): string {
  const flags = ownFlagOptions()
  const first = codex === '' ? '' : '__fish_codex_plus_needs_command; and '
  const tops = childrenOf([], commands)
  return [
    "# fish completion of codex-plus, with codex's own.",
    renamed(codex, flags),
    `function __fish_codex_plus_in
	# The words of the command line that are not flags, after the program's name.
	set -l words (string match -v -- '-*' (commandline -opc))[2..]
	test (count $words) -ge (count $argv); or return 1
	for at in (seq (count $argv))
		test "$words[$at]" = "$argv[$at]"; or return 1
	end
	return 0
end

function __fish_codex_plus_at
	# The same, with no words after them.
	__fish_codex_plus_in $argv; and test (count (string match -v -- '-*' (commandline -opc))) -eq (math (count $argv) + 1)
end
`,
    ...flags.map((flag) => optionLine(flag, null)),
    ...tops.map((command) => wordLine(command, `${first}test (count (commandline -opc)) -eq 1`)),
    ...commands.flatMap((command) => commandLines(command, commands)),
    `complete -c codex-plus -n "string match -q '/*' -- (commandline -ct)" -a "(codex-plus commands list --names 2>/dev/null | string replace -r '^' /)"`,
    '',
  ].join('\n')
}

/** Renames codex's functions and adds the `--plus-*` flags to them: an unknown flag ends their completion. */
function renamed(codex: string, flags: readonly CompletionOption[]): string {
  const specs = flags.map(({ names: [name = ''], takesValue }) => `${name.slice(2)}${takesValue ? '=' : ''}`)
  return codex
    .replaceAll('__fish_codex_', '__fish_codex_plus_')
    .replaceAll('complete -c codex ', 'complete -c codex-plus ')
    .replace(/^(\tstring join \\n )/m, `$1${specs.join(' ')} `)
}

function commandLines(command: CompletionCommand, commands: readonly CompletionCommand[]): string[] {
  const at = `__fish_codex_plus_at ${command.words.join(' ')}`
  return [
    ...childrenOf(command.words, commands).map((child) => wordLine(child, at)),
    ...command.values.map((value) => `complete -c codex-plus -n "${at}" -f -a ${quoted(value)}`),
    ...command.options.map((option) => optionLine(option, `__fish_codex_plus_in ${command.words.join(' ')}`)),
  ]
}

function wordLine({ words, description }: CompletionCommand, condition: string): string {
  return `complete -c codex-plus -n "${condition}" -f -a ${words.at(-1)} -d ${quoted(description)}`
}

function optionLine({ names, description, takesValue, values }: CompletionOption, condition: string | null): string {
  const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const value = takesValue ? ` -r${values.length > 0 ? ` -f -a ${quoted(values.join(' '))}` : ''}` : ''
  const when = condition === null ? '' : ` -n "${condition}"`
  return `complete -c codex-plus${when} ${spelled.join(' ')} -d ${quoted(description)}${value}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
