import { join } from 'node:path'
import { readClaudeSettings } from '../config/claude-settings.js'
import { type CommandLists, whyNotAllowed } from '../config/command-lists.js'
import { folderTrust } from '../config/trust.js'
import { packageFile } from '../package-file.js'
import { claudeHome, codexHome, gitRoot, homeFolder, xdgFolder } from '../paths.js'
import type { CommandExtension } from './command-extension.js'
import { type CommandIndex, discoverCommands } from './discover-commands.js'
import { type CommandReview, expandPrompt, findCommand } from './expand-prompt.js'
import type { ExpandOptions, Expansion } from './expansion.js'
import { type CommandRow, listCommands, listText, sortRows } from './list-commands.js'
import type { Command } from './read-command.js'
import { parseSlash } from './slash-prompt.js'

export interface CommandEngineOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly dialect: 'auto' | 'claude'
  readonly shellTimeoutMs: number
  /** Runs a project's shell blocks as if its folder were trusted. */
  readonly assumeTrust?: boolean
  /** Which commands may run; all where it is not given. */
  readonly lists?: CommandLists
  /** Asked before anything of a command runs. */
  readonly review?: (command: Command, args: string, prompt: string, options: ExpandOptions) => Promise<CommandReview>
  /** What knows further commands, in the order it is asked. */
  readonly extensions?: readonly CommandExtension[]
}

/** The slash commands of one place: its files are looked at anew for every prompt, so that an edit counts at once. */
export interface CommandEngine {
  index(): CommandIndex
  /** Every command with its description, those of extensions included. */
  rows(all?: boolean): CommandRow[]
  expand(prompt: string, options: ExpandOptions): Promise<Expansion>
  /** Whether a command is always answered without the model. */
  answersHere(name: string): boolean
  /** Beginnings of words that make a prompt without a slash worth looking at. */
  mentions(): readonly string[]
  /** The names that are commands here, those built in included. */
  names(): ReadonlySet<string>
  /** Whether a name that is not among them may still be one. */
  mayHave(name: string): boolean
}

/** Names that are answered here without a file. A file of the same name comes first. */
export const BUILT_IN = ['commands'] as const

const LOCAL = { outcome: 'local', command: null, args: '', text: [], attachments: [], message: null } as const

/** Makes the expander of a working directory. */
export function createCommandEngine(options: CommandEngineOptions): CommandEngine {
  const { cwd, env, dialect, extensions = [] } = options
  const root = gitRoot(cwd)
  const index = (): CommandIndex =>
    discoverCommands({
      cwd,
      gitRoot: root,
      claudeHome: claudeHome(env),
      // `claude` is exactly Claude Code: it knows neither codex's prompts nor the commands of this package.
      codexPrompts: dialect === 'claude' ? null : join(codexHome(env), 'prompts'),
      shipped: dialect === 'claude' ? null : packageFile('commands'),
      dialect,
    })
  const lists = options.lists ?? { allow: [], deny: [] }
  const limited = lists.allow.length + lists.deny.length > 0
  const further = (): CommandRow[] => extensions.flatMap((extension) => extension.rows())
  const rows = (all = false): CommandRow[] => {
    const files = index()
    // What comes with this package stands back behind a file of its name.
    const others = further().map((row) => ({
      ...row,
      shadowed: row.shadowed || (row.source === 'built-in' && files.commands.has(row.name)),
    }))
    const found = [...listCommands(files, all), ...others.filter(({ shadowed }) => all || !shadowed)]
    return sortRows(found.map(withVerdict))
  }
  const withVerdict = (row: CommandRow): CommandRow => {
    const reason = whyNotAllowed(row.name, lists)
    return reason === null ? row : { ...row, invocable: false, problem: reason }
  }
  /** The answer to a command that is there and may not run. */
  const refusal = (prompt: string, commands: CommandIndex): Expansion | null => {
    const slash = parseSlash(prompt)
    const reason = slash && whyNotAllowed(slash.name, lists)
    if (!slash || !reason) return null
    const known = findCommand(slash.name, commands) !== null || further().some(({ name }) => name === slash.name)
    return known ? { ...LOCAL, args: slash.args, message: reason, aside: true } : null
  }

  const expandFiles = async (prompt: string, turn: ExpandOptions): Promise<Expansion> => {
    const { sessionId, effort, signal } = turn
    const { review } = options
    const commands = index()
    if (dialect === 'auto' && /^\/commands\s*$/.test(prompt) && !commands.commands.has('commands')) {
      return { ...LOCAL, message: listText(rows(), commands.problems), aside: true }
    }
    const { trusted } = folderTrust(cwd, root, env)
    const assumed = trusted || options.assumeTrust === true
    return await expandPrompt(prompt, {
      cwd,
      projectDir: cwd,
      home: homeFolder(env),
      env,
      dialect,
      sessionId,
      effort: effort ?? 'high',
      index: commands,
      settings: readClaudeSettings({ cwd, env, projectAllowCounts: trusted, projectCounts: assumed }),
      trusted: assumed,
      shellTimeoutMs: options.shellTimeoutMs,
      outputFolder: join(xdgFolder('state', env), 'outputs'),
      ...(review && { review: (command: Command, args: string) => review(command, args, prompt, turn) }),
      ...(signal === undefined ? {} : { signal }),
    })
  }
  /** Prompts of MCP servers are asked about once they are there: getting one runs nothing. */
  const reviewPrompt = async (prompt: string, expansion: Expansion, turn: ExpandOptions): Promise<Expansion> => {
    const { command, args, outcome, text } = expansion
    if (outcome !== 'prompt' || command?.source !== 'mcp' || !options.review) return expansion
    const { refusal: message, contexts } = await options.review(command, args, prompt, turn)
    if (message !== null) return { ...LOCAL, command, args, message }
    return contexts.length === 0 ? expansion : { ...expansion, text: [...text, ...contexts] }
  }
  return {
    index,
    rows,
    names() {
      const names = [...index().commands.keys(), ...further().map(({ name }) => name)]
      const allowed = names.filter((name) => whyNotAllowed(name, lists) === null)
      return new Set([...allowed, ...(dialect === 'claude' ? [] : BUILT_IN)])
    },
    mayHave: (name) => extensions.some((extension) => extension.mayHave?.(name) === true),
    mentions: () => extensions.flatMap((extension) => extension.mentions?.() ?? []),
    answersHere(name) {
      if (index().commands.has(name)) return false
      if (whyNotAllowed(name, lists) !== null) return further().some((row) => row.name === name)
      if (dialect === 'auto' && BUILT_IN.some((own) => own === name)) return true
      return extensions.some((extension) => extension.answersHere?.(name) === true)
    },
    async expand(prompt, options) {
      const refused = limited && prompt.startsWith('/') ? refusal(prompt, index()) : null
      if (refused !== null) return refused
      let expansion = await expandFiles(prompt, options)
      for (const extension of extensions) expansion = await extension.extend(prompt, expansion, options)
      return await reviewPrompt(prompt, expansion, options)
    },
  }
}
