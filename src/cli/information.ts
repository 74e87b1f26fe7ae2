import { cachedVersion, readVersion } from '../codex/codex-version.js'
import { CodexPlusError, formatError } from '../errors.js'
import { packageVersion } from '../package-version.js'
import { locateCodex } from '../run/require-codex.js'
import { runAlone } from '../run/run-alone.js'
import type { Start } from '../run/start.js'
import type { ExitStatus } from '../terminal/exit-status.js'
import { SUBCOMMANDS } from './subcommand-table.js'

type Context = Omit<Start, 'codex'>

const SUCCESS: ExitStatus = { code: 0, signal: null }

/**
 * Prints the help or the version of codex-plus, and that of codex where there is one: neither needs codex. A codex that
 * cannot be run is reported on stderr.
 */
export async function printInformation(kind: 'help' | 'version', context: Context): Promise<ExitStatus> {
  const codex = find(context)
  if (kind === 'version') {
    // Programs that start codex read its version from the first line.
    const first = codex === null ? '' : `codex-cli ${await versionOf(codex, context.env)}\n`
    process.stdout.write(`${first}codex-plus ${packageVersion()}\n`)
    return SUCCESS
  }
  const { printHelp } = await import('./help.js')
  printHelp(codex !== null, SUBCOMMANDS)
  return codex === null ? SUCCESS : await runAlone({ ...context, codex })
}

function find({ env, cwd, notices }: Context): Start['codex'] | null {
  try {
    return locateCodex(env, cwd, notices)
  } catch (error) {
    if (!(error instanceof CodexPlusError)) throw error
    notices.say(formatError(error))
    return null
  }
}

/** Returns codex's version, from the cache while its file has not changed. */
async function versionOf(codex: Start['codex'], env: NodeJS.ProcessEnv): Promise<string> {
  return cachedVersion(codex, env) ?? (await readVersion(codex, env)) ?? 'of unknown version'
}
