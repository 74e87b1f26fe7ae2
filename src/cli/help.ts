import { OWN_FLAGS } from '../codex/own-flags.js'

/** Prints our section of the help; `codexFollows` when codex's own comes right after it. */
export function printHelp(codexFollows: boolean): void {
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
      '       codex-plus sessions        what was said before (list, show, export, prune)',
      '       codex-plus plus doctor     what was found, what works, and what does not',
      '       codex-plus plus mcp        the MCP servers: list, tools SERVER, call SERVER TOOL JSON, login SERVER',
      '       codex-plus plus trace      what happened to the requests of codex ([--follow])',
      '       codex-plus plus replay ID  send a request again that --plus-trace kept',
      "       codex-plus plus trust      run what this folder's .claude holds ([--remove] [DIR], --list)",
      '',
      ...lines,
      '',
      'Each flag is also a variable (CODEX_PLUS_UPSTREAM=echo) and a key of settings.json.',
      ...(codexFollows ? ['Everything else is codex:', ''] : []),
      '',
    ].join('\n'),
  )
}
