import { OWN_FLAGS } from '../codex/own-flags.js'

/** Prints our section of the help; codex's own follows it. */
export function printHelp(): void {
  const flags = OWN_FLAGS.map(
    ({ name, value, description }) => [value ? `${name} <${value}>` : name, description] as const,
  )
  const width = Math.max(...flags.map(([usage]) => usage.length))
  const lines = flags.map(([usage, description]) => `  ${usage.padEnd(width)}  ${description}`)
  process.stdout.write(
    [
      'codex-plus: codex, with what a project keeps under .claude/',
      '',
      'Usage: codex-plus [--plus-...] [anything codex takes]',
      '       codex-plus plus doctor     what was found, what works, and what does not',
      '',
      ...lines,
      '',
      'Each flag is also a variable (CODEX_PLUS_UPSTREAM=echo) and a key of settings.json. Everything else is codex:',
      '',
      '',
    ].join('\n'),
  )
}
