import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { openConfirmed } from '../../config/confirmed-files.js'
import { folderTrust, trustedFolders, trustFolder, untrustFolder } from '../../config/trust.js'
import { CodexPlusError } from '../../errors.js'
import { gitRoot, realPath, statsOf } from '../../paths.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { printableLine } from '../../terminal/printable.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** `plus trust [--remove] [folder]` and `plus trust --list`; the default is the repository of the working directory. */
export async function runTrust({ ownCommand }: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  const program = new Command('codex-plus plus trust')
    .description(
      'trust a folder, with its files as they are now: its hooks, shell blocks, modules and MCP servers may run',
    )
    .argument('[folder]', 'default: the repository of the working directory')
    .option('--remove', 'remove the folder from the list')
    .option('--list', 'print the trusted folders')
    .action((folder: string | undefined, { remove, list }: { remove?: boolean; list?: boolean }) => {
      if (list) for (const path of trustedFolders(context.env)) print(path)
      else changeTrust(folder ?? null, remove === true, context)
    })
  await runProgram(program, ownCommand?.slice(2) ?? [])
  return { code: 0, signal: null }
}

function changeTrust(given: string | null, remove: boolean, { env, cwd }: SubcommandContext): void {
  const folder = realPath(given === null ? (gitRoot(cwd) ?? cwd) : resolve(cwd, given))
  if (!remove) {
    if (!statsOf(folder)?.isDirectory()) {
      throw new CodexPlusError('CP_USAGE', `plus trust: ${folder} is not a folder.`, {
        hint: 'Give the folder to trust.',
      })
    }
    const changed = openConfirmed(folder, env).confirm()
    trustFolder(folder, env)
    print(`${folder} is trusted: its hooks, shell blocks, modules and MCP servers run.`)
    for (const file of changed) print(`${file}: its present contents are confirmed.`)
    return
  }
  print(untrustFolder(folder, env) ? `${folder} is no longer trusted.` : `${folder} was not on the list.`)
  const { by } = folderTrust(folder, gitRoot(folder), env)
  if (by === 'codex-plus')
    print('It is still trusted, as a folder above it is on the list: see `codex-plus plus trust --list`.')
  else if (by !== null) print(`${by === 'codex' ? 'codex' : 'Claude Code'} still trusts it, so codex-plus does, too.`)
}

function print(line: string): void {
  process.stdout.write(`${printableLine(line)}\n`)
}
