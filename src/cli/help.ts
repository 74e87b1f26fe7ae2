import { OWN_FLAGS } from '../codex/plus-flags.js'
import type { Subcommand } from './subcommand.js'

/** Prints the help of codex-plus; `codexFollows` when the help of codex is printed right after it. */
export function printHelp(codexFollows: boolean, subcommands: readonly Subcommand[]): void {
  process.stdout.write(helpText(codexFollows, subcommands))
}

/** Returns the help of codex-plus, in lines of at most 100 columns. */
export function helpText(codexFollows: boolean, subcommands: readonly Subcommand[]): string {
  const flags = OWN_FLAGS.map(
    ({ name, value, description }) => [value ? `${name} <${value}>` : name, description] as const,
  )
  return [
    'codex-plus: codex with the slash commands, hooks and MCP servers of your .claude/ folder',
    '',
    'Usage: codex-plus [--plus-...] [arguments of codex]',
    '       codex-plus <subcommand of codex-plus> [--help]',
    '',
    'Subcommands of codex-plus:',
    ...columns(subcommands.map(({ name, summary }) => [name, summary] as const)),
    '',
    'Flags of codex-plus:',
    ...columns(flags),
    '',
    'Each flag is also a variable (CODEX_PLUS_UPSTREAM=echo) and a key of settings.json.',
    ...(codexFollows ? ['Every other flag and subcommand is passed straight to codex:', ''] : []),
    '',
  ].join('\n')
}

function columns(rows: ReadonlyArray<readonly [left: string, right: string]>): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
