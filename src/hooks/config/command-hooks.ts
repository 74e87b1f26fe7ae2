import { readFileSync } from 'node:fs'
import { type CommandFile, discoverCommands } from '../../commands/discover-commands.js'
import { type Command, readCommand } from '../../commands/read-command.js'
import { claudeHome, gitRoot } from '../../paths.js'

/** The events that commands of a place have hooks for in their front matter: they count once a command is invoked. */
export function commandHookEvents(cwd: string, env: NodeJS.ProcessEnv): Set<string> {
  return new Set(commandsWithHooks(cwd, env).flatMap(({ frontMatter }) => Object.keys(frontMatter.hooks as object)))
}

/** The commands of a place that have hooks in their front matter. */
export function commandsWithHooks(cwd: string, env: NodeJS.ProcessEnv): Command[] {
  const { commands, shadowed } = discoverCommands({
    cwd,
    gitRoot: gitRoot(cwd),
    claudeHome: claudeHome(env),
    codexPrompts: null,
    shipped: null,
    dialect: 'auto',
  })
  return [...commands.values(), ...shadowed].flatMap(withHooks)
}

function withHooks(file: CommandFile): Command[] {
  // Most commands have none, and start-up time counts.
  if (!mayHaveHooks(file)) return []
  const command = readCommand(file)
  if ('problem' in command) return []
  const { hooks } = command.frontMatter
  return typeof hooks === 'object' && hooks !== null ? [command] : []
}

function mayHaveHooks({ path }: CommandFile): boolean {
  try {
    return readFileSync(path).includes('hooks')
  } catch {
    return false
  }
}
