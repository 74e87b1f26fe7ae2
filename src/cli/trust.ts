import { realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { CodexInvocation } from '../codex/arguments.js'
import { gitRoot } from '../config/paths.js'
import { folderTrust, trustedFolders, trustFolder, untrustFolder } from '../config/trust.js'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from '../terminal/exit.js'
import type { OwnContext } from './own.js'

/** `plus trust [--remove] [DIR]` and `plus trust --list`; DIR is the repository around the working directory unless given. */
export function runTrust({ ownCommand }: CodexInvocation, { env, cwd }: OwnContext): ExitStatus {
  const { remove, list, folder: given } = readArguments(ownCommand?.slice(2) ?? [])
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  if (list) {
    for (const path of trustedFolders(env)) say(path)
    return { code: 0, signal: null }
  }
  const folder = realPath(given === null ? (gitRoot(cwd) ?? cwd) : resolve(cwd, given))
  if (!remove) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw usage(`${folder} is no folder.`)
    trustFolder(folder, env)
    say(`${folder} is trusted: its hooks, shell blocks, modules and MCP servers run.`)
    return { code: 0, signal: null }
  }
  say(untrustFolder(folder, env) ? `${folder} is no longer trusted.` : `${folder} was not on the list.`)
  const { by } = folderTrust(folder, gitRoot(folder), env)
  if (by === 'codex-plus') say('A folder above it still is: see `codex-plus plus trust --list`.')
  else if (by !== null) say(`${by === 'codex' ? 'codex' : 'Claude Code'} still trusts it, and so do we.`)
  return { code: 0, signal: null }
}

function readArguments(args: readonly string[]): { remove: boolean; list: boolean; folder: string | null } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { remove: { type: 'boolean' }, list: { type: 'boolean' } },
      allowPositionals: true,
    })
    if (positionals.length > 1) throw new Error('it takes one folder')
    return { remove: values.remove ?? false, list: values.list ?? false, folder: positionals[0] ?? null }
  } catch (error) {
    throw usage(`plus trust: ${(error as Error).message}.`)
  }
}

/** The real path, as codex and Claude Code note folders; of a folder that is gone, its path as it was. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function usage(message: string): CodexPlusError {
  return new CodexPlusError('CP_USAGE', message, { hint: 'Usage: codex-plus plus trust [--remove] [DIR] | --list' })
}
