import { readFileSync } from 'node:fs'
import { type CommandFile, discoverCommands } from '../commands/discover.js'
import { readCommand } from '../commands/read.js'
import { claudeHome, gitRoot } from '../config/paths.js'

/** The events that commands of a place have hooks for in their front matter: they count once a command is invoked. */
export function expectedEvents(cwd: string, env: NodeJS.ProcessEnv): Set<string> {
  const { commands, shadowed } = discoverCommands({
    cwd,
    gitRoot: gitRoot(cwd),
    claudeHome: claudeHome(env),
    codexPrompts: null,
    shipped: null,
    dialect: 'auto',
  })
  return new Set([...commands.values(), ...shadowed].flatMap(eventsOf))
}

function eventsOf(file: CommandFile): string[] {
  // Most commands have none, and start-up time counts.
  if (!mayHaveHooks(file)) return []
  const command = readCommand(file)
  if ('problem' in command) return []
  const { hooks } = command.frontMatter
  return typeof hooks === 'object' && hooks !== null ? Object.keys(hooks) : []
}

function mayHaveHooks({ path }: CommandFile): boolean {
  try {
    return readFileSync(path).includes('hooks')
  } catch {
    return false
  }
}
