import { join } from 'node:path'
import { readTextFile } from '../config/text-file.js'
import { claudeHome, codexHome, gitRoot } from '../paths.js'
import { splitToolRules } from '../permissions/parse-rule.js'
import type { LocatedRule } from '../permissions/read-settings.js'
import { discoverCommands } from './discover-commands.js'
import { unreadableGuard } from './guard-hooks.js'
import { type Command, readCommand } from './read-command.js'
import { substituteVariables } from './substitute-arguments.js'

/**
 * Returns the rules of a command's `allowed-tools`, with the place of their key; none where one of its guard hooks cannot be
 * read. `projectDir` is put in the place of `${CLAUDE_PROJECT_DIR}`.
 */
export function allowedTools({ frontMatter, path }: Command, projectDir: string): LocatedRule[] {
  const value = unreadableGuard(frontMatter) === null ? frontMatter['allowed-tools'] : undefined
  const rules = splitToolRules(value).map((rule) => substituteVariables(rule, { CLAUDE_PROJECT_DIR: projectDir }))
  if (rules.length === 0) return []
  const line = lineOfKey(path)
  return rules.map((rule) => ({ rule, kind: 'allow', scope: 'command', file: path, line }))
}

/**
 * Returns what the commands of a working directory may allow a turn: those of one name, or of all. Files without the key
 * are not parsed, as this runs before codex starts; the commands of this package only read.
 */
export function grantableRules(
  cwd: string,
  env: NodeJS.ProcessEnv,
  name: string | null,
  isTrusted: () => boolean,
): LocatedRule[] {
  const index = discoverCommands({
    cwd,
    gitRoot: gitRoot(cwd),
    claudeHome: claudeHome(env),
    codexPrompts: join(codexHome(env), 'prompts'),
    shipped: null,
    dialect: 'auto',
  })
  const all = [...index.commands.values()]
  const named = name === null ? undefined : index.commands.get(name)
  // A skill may also be called by the name in its front matter.
  const files = named ? [named] : all.filter(({ skillFolder }) => name === null || skillFolder !== null)
  return files.flatMap((file) => {
    if (!holdsKey(file.path) || (file.source === 'project' && !isTrusted())) return []
    const command = readCommand(file)
    return 'problem' in command ? [] : allowedTools(command, cwd)
  })
}

function holdsKey(path: string): boolean {
  try {
    return readTextFile(path).includes('allowed-tools')
  } catch {
    return false
  }
}

function lineOfKey(path: string): number {
  try {
    const lines = readTextFile(path).split('\n')
    return lines.findIndex((line) => /^\s*["']?allowed-tools["']?\s*:/.test(line)) + 1 || 1
  } catch {
    // A prompt of an MCP server has no file.
    return 1
  }
}
