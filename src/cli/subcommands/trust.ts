import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/codex-arguments.js'
import { folderTrust, trustedFolders, trustFolder, untrustFolder } from '../../config/trust.js'
import { CodexPlusError } from '../../errors.js'
import { gitRoot, realPath, statsOf } from '../../paths.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** `plus trust [--remove] [folder]` and `plus trust --list`; the folder is the repository around us unless given. */
export async function runTrust({ ownCommand }: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  const program = new Command('codex-plus plus trust')
    .description("run the hooks, shell blocks, modules and MCP servers of a folder's .claude")
    .argument('[folder]', 'the repository around the working directory unless given')
    .option('--remove', 'take the folder off the list')
    .option('--list', 'the folders on the list')
    .action((folder: string | undefined, { remove, list }: { remove?: boolean; list?: boolean }) => {
      if (list) for (const path of trustedFolders(context.env)) say(path)
      else changeTrust(folder ?? null, remove === true, context)
    })
  await runProgram(program, ownCommand?.slice(2) ?? [])
  return { code: 0, signal: null }
}

function changeTrust(given: string | null, remove: boolean, { env, cwd }: SubcommandContext): void {
  const folder = realPath(given === null ? (gitRoot(cwd) ?? cwd) : resolve(cwd, given))
  if (!remove) {
    if (!statsOf(folder)?.isDirectory()) {
      throw new CodexPlusError('CP_USAGE', `${folder} is no folder.`, { hint: 'Name the folder to trust.' })
    }
    trustFolder(folder, env)
    say(`${folder} is trusted: its hooks, shell blocks, modules and MCP servers run.`)
    return
  }
  say(untrustFolder(folder, env) ? `${folder} is no longer trusted.` : `${folder} was not on the list.`)
  const { by } = folderTrust(folder, gitRoot(folder), env)
  if (by === 'codex-plus') say('A folder above it still is: see `codex-plus plus trust --list`.')
  else if (by !== null) say(`${by === 'codex' ? 'codex' : 'Claude Code'} still trusts it, and so do we.`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
