import { OWN_FLAGS } from '../codex/own-flags.js'
import type { Subcommand } from './subcommand.js'

/** Prints our section of the help; `codexFollows` when codex's own comes right after it. */
export function printHelp(codexFollows: boolean, subcommands: readonly Subcommand[]): void {
  process.stdout.write(helpText(codexFollows, subcommands))
}

/** Our section of the help, in lines of at most 100 columns. */
export function helpText(codexFollows: boolean, subcommands: readonly Subcommand[]): string {
  const flags = OWN_FLAGS.map(
    ({ name, value, description }) => [value ? `${name} <${value}>` : name, description] as const,
  )
  return [
    'codex-plus: codex, with what a project keeps under .claude/',
    '',
    'Usage: codex-plus [--plus-...] [anything codex takes]',
    '       codex-plus <subcommand of ours> [--help]',
    '',
    'Subcommands of codex-plus:',
    ...columns(subcommands.map(({ name, summary }) => [name, summary] as const)),
    '',
    'Flags of codex-plus:',
    ...columns(flags),
    '',
    'Each flag is also a variable (CODEX_PLUS_UPSTREAM=echo) and a key of settings.json.',
    ...(codexFollows ? ['Everything else is codex:', ''] : []),
    '',
  ].join('\n')
}

function columns(rows: ReadonlyArray<readonly [left: string, right: string]>): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
