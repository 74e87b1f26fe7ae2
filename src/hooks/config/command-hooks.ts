import { type CommandFile, discoverCommands } from '../../commands/discover-commands.js'
import { type Command, readCommand } from '../../commands/read-command.js'
import { readTextFile } from '../../config/text-file.js'
import { readTrust } from '../../config/trust.js'
import { claudeHome, gitRoot } from '../../paths.js'

/** Returns the events that command front matter has hooks for; such hooks run once their command was invoked. */
export function commandHookEvents(cwd: string, env: NodeJS.ProcessEnv): Set<string> {
  return new Set(commandsWithHooks(cwd, env).flatMap(({ frontMatter }) => Object.keys(frontMatter.hooks as object)))
}

/** Returns the commands of a working directory that have hooks in their front matter. */
export function commandsWithHooks(cwd: string, env: NodeJS.ProcessEnv): Command[] {
  const { commands, shadowed } = discoverCommands({
    cwd,
    gitRoot: gitRoot(cwd),
    claudeHome: claudeHome(env),
    codexPrompts: null,
    shipped: null,
    dialect: 'auto',
    isTrusted: readTrust(env),
  })
  return [...commands.values(), ...shadowed].flatMap(withHooks)
}

function withHooks(file: CommandFile): Command[] {
  // Most commands have no hooks: do not parse those, as this runs before codex starts.
  if (!mayHaveHooks(file)) return []
  const command = readCommand(file)
  if ('problem' in command) return []
  const { hooks } = command.frontMatter
  return typeof hooks === 'object' && hooks !== null ? [command] : []
}

function mayHaveHooks({ path }: CommandFile): boolean {
  try {
    return readTextFile(path).includes('hooks')
  } catch {
    return false
  }
}
