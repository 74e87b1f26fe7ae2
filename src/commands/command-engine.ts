// Slash commands: find the command files, expand what the user typed into a prompt, and rewrite codex's requests with
// it.
import { join } from 'node:path'
import { type FileReader, readClaudeSettings } from '../config/claude-settings.js'
import { type CommandLists, whyNotAllowed } from '../config/command-lists.js'
import type { ConfirmedFiles } from '../config/confirmed-files.js'
import { readTrust } from '../config/trust.js'
import { packageFile } from '../package-file.js'
import { claudeHome, codexHome, gitRoot, homeFolder, xdgFolder } from '../paths.js'
import type { CommandExtension } from './command-extension.js'
import {
  type CommandFile,
  type CommandIndex,
  discoverCommands,
  notTrustedFor,
  withoutTakenNames,
} from './discover-commands.js'
import type { CommandReview } from './expand-context.js'
import { expandPrompt, findCommand, PROMPTS } from './expand-prompt.js'
import type { ExpandOptions, Expansion } from './expansion.js'
import { type CommandRow, listCommands, listText, sortRows } from './list-commands.js'
import { listWorkflows } from './list-workflows.js'
import type { Command } from './read-command.js'
import { parseSlash } from './slash-prompt.js'

export interface CommandEngineOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Reads a settings file; default: as it is now. */
  readonly read?: FileReader
  readonly dialect: 'auto' | 'claude'
  readonly shellTimeoutMs: number
  /** Runs a project's shell blocks even if its folder is not trusted. */
  readonly assumeTrust?: boolean
  /** Which commands may run; without it all may. */
  readonly lists?: CommandLists
  /** Called before any part of a command runs; may refuse the command or add context. */
  readonly review?: (command: Command, args: string, prompt: string, options: ExpandOptions) => Promise<CommandReview>
  /** What the user has confirmed of the project's files; without it every file counts as it is. */
  readonly confirmed?: Pick<ConfirmedFiles, 'mayRun'>
  /** Receives a warning about a command that was used. */
  readonly say?: (line: string) => void
  /** Makes changed files of the project count, and returns what to tell the user; `/reload` calls it. */
  readonly reload?: () => string
  /** Sources of further commands, called in this order. */
  readonly extensions?: readonly CommandExtension[]
}

/** The slash commands of one working directory. The files are read again for every prompt, so edits apply immediately. */
export interface CommandEngine {
  index(): CommandIndex
  /** Returns every command with its description, including those of extensions; `all` adds the shadowed ones. */
  rows(all?: boolean): CommandRow[]
  expand(prompt: string, options: ExpandOptions): Promise<Expansion>
  /** Whether a command is always answered locally, without the model. */
  answersLocally(name: string): boolean
  /** Word prefixes (e.g. `@server:`) that make a prompt without a slash need expansion. */
  mentions(): readonly string[]
  /** Returns the names of all commands that may run, including the built-in ones. */
  names(): ReadonlySet<string>
  /** Whether a name that `names` does not contain may still be a command. */
  mayHave(name: string): boolean
}

/** Commands that codex-plus answers locally without a command file. A file of the same name comes first. */
export const BUILT_IN = ['commands'] as const

/** Makes the changed files of the project count. A project's file cannot take its place. */
const RELOAD = 'reload'

/** `${CLAUDE_EFFORT}` where the turn has no level of its own: that of Claude Code's default model. */
const DEFAULT_EFFORT = 'medium'

const LOCAL = { outcome: 'local', command: null, args: '', text: [], attachments: [], message: null } as const

/** Creates the command engine of a working directory. */
export function createCommandEngine(options: CommandEngineOptions): CommandEngine {
  const { cwd, env, read, dialect, assumeTrust = false, extensions = [] } = options
  const root = gitRoot(cwd)
  const files = (): CommandIndex =>
    discoverCommands({
      cwd,
      gitRoot: root,
      claudeHome: claudeHome(env),
      // The `claude` dialect matches Claude Code exactly: no codex prompts, no commands of this package.
      codexPrompts: dialect === 'claude' ? null : join(codexHome(env), 'prompts'),
      shipped: dialect === 'claude' ? null : packageFile('commands'),
      dialect,
      isTrusted: assumeTrust ? () => true : readTrust(env),
    })
  const lists = options.lists ?? { allow: [], deny: [] }
  const hasLists = lists.allow.length + lists.deny.length > 0
  const extensionRows = (): CommandRow[] => extensions.flatMap((extension) => extension.rows())
  const builtIn = (): ReadonlySet<string> => {
    const rows = extensionRows().filter(({ source }) => source === 'built-in')
    return new Set([...BUILT_IN, ...rows.map(({ name }) => name)])
  }
  const index = (): CommandIndex => (dialect === 'claude' ? files() : withoutTakenNames(files(), builtIn))
  const rows = (all = false): CommandRow[] => {
    const found = index()
    // A command that comes with this package is shadowed by a file of the same name.
    const others = extensionRows().map((row) => ({
      ...row,
      shadowed: row.shadowed || (row.source === 'built-in' && found.commands.has(row.name)),
    }))
    const isCommand = (name: string): boolean => found.commands.has(name)
    const workflows = all ? listWorkflows({ cwd, gitRoot: root, claudeHome: claudeHome(env), isCommand }) : []
    const listed = [...listCommands(found, all), ...workflows, ...others.filter(({ shadowed }) => all || !shadowed)]
    return sortRows(listed.map(withVerdict))
  }
  const isConfirmed = ({ source, path, digest }: Command): boolean =>
    source !== 'project' || options.confirmed === undefined || options.confirmed.mayRun(path, digest)
  /** A prompt file of codex and a skill with a `name:` have two names, and the lists may use either. */
  const reasonFor = ({ name, source }: { name: string; source: string | null }, typed = name): string | null =>
    whyNotAllowed(typed, lists, source === 'codex' ? [name, PROMPTS + name] : [name, typed])
  const withVerdict = (row: CommandRow): CommandRow => {
    const reason = reasonFor(row)
    return reason === null ? row : { ...row, invocable: false, problem: reason }
  }
  /** Returns the error message for a command that exists but may not run; null for any other prompt. */
  const refusal = (prompt: string, commands: CommandIndex): Expansion | null => {
    const slash = parseSlash(prompt)
    const file = slash && findCommand(slash.name, commands)
    const reason = slash && reasonFor(file ?? { name: slash.name, source: null }, slash.name)
    if (!slash || !reason) return null
    const known = file !== null || extensionRows().some(({ name }) => name === slash.name)
    return known ? { ...LOCAL, args: slash.args, message: reason, aside: true, failed: true } : null
  }

  const expandFiles = async (prompt: string, turn: ExpandOptions): Promise<Expansion> => {
    const { sessionId, effort, signal } = turn
    const { review } = options
    const commands = index()
    const slash = dialect === 'auto' ? parseSlash(prompt) : null
    const ignored = slash && notTrustedFor(slash.name, commands)
    if (ignored) options.say?.(ignored)
    if (dialect === 'auto' && /^\/commands\s*$/.test(prompt) && !commands.commands.has('commands')) {
      return { ...LOCAL, message: listText(rows(), commands.problems), aside: true }
    }
    if (options.reload !== undefined && isReload(prompt, commands)) {
      return { ...LOCAL, message: options.reload(), aside: true }
    }
    const trusted = readTrust(env)(cwd)
    const runsProjectCode = trusted || assumeTrust
    return await expandPrompt(prompt, {
      cwd,
      projectDir: cwd,
      home: homeFolder(env),
      env,
      dialect,
      sessionId,
      effort: effort ?? DEFAULT_EFFORT,
      index: commands,
      settings: readClaudeSettings({ cwd, env, read, projectAllowCounts: trusted, projectCounts: runsProjectCode }),
      trusted: runsProjectCode,
      shellTimeoutMs: options.shellTimeoutMs,
      outputFolder: join(xdgFolder('state', env), 'outputs'),
      isConfirmed: (command) => assumeTrust || isConfirmed(command),
      ...(review && { review: (command: Command, args: string) => review(command, args, prompt, turn) }),
      ...(signal === undefined ? {} : { signal }),
    })
  }
  /** Reviews a prompt of an MCP server after it was fetched: fetching it runs nothing. */
  const reviewPrompt = async (prompt: string, expansion: Expansion, turn: ExpandOptions): Promise<Expansion> => {
    const { command, args, outcome, text } = expansion
    if (outcome !== 'prompt' || command?.source !== 'mcp' || !options.review) return expansion
    const { refusal: message, contexts } = await options.review(command, args, prompt, turn)
    if (message !== null) return { ...LOCAL, command, args, message, failed: true }
    return contexts.length === 0 ? expansion : { ...expansion, text: [...text, ...contexts] }
  }
  return {
    index,
    rows,
    names() {
      const { commands, shadowed } = index()
      const allowed = [...commands.values(), ...extensionRows()].filter((entry) => reasonFor(entry) === null)
      const prompts = [...commands.values(), ...shadowed].filter(
        (file) => file.source === 'codex' && reasonFor(file) === null,
      )
      const prefixed = prompts.map(({ name }) => PROMPTS + name)
      const builtIn = dialect === 'claude' ? [] : BUILT_IN
      return new Set([
        ...allowed.map(({ name }) => name),
        ...prefixed,
        ...builtIn,
        ...(options.reload === undefined ? [] : [RELOAD]),
      ])
    },
    mayHave: (name) => extensions.some((extension) => extension.mayHave?.(name) === true),
    mentions: () => extensions.flatMap((extension) => extension.mentions?.() ?? []),
    answersLocally(name) {
      if (name === RELOAD && options.reload !== undefined && !isPersonal(index().commands.get(name))) return true
      if (index().commands.has(name)) return false
      if (whyNotAllowed(name, lists) !== null) return extensionRows().some((row) => row.name === name)
      if (dialect === 'auto' && BUILT_IN.some((own) => own === name)) return true
      return extensions.some((extension) => extension.answersLocally?.(name) === true)
    },
    async expand(typed, options) {
      // codex's presets and pasted text begin with a space; Claude Code reads such a prompt as plain text.
      const prompt = dialect === 'auto' && /^\s+\//.test(typed) ? typed.trimStart() : typed
      const refused = hasLists && prompt.startsWith('/') ? refusal(prompt, index()) : null
      if (refused !== null) return refused
      let expansion = await expandFiles(prompt, options)
      for (const extension of extensions) expansion = await extension.extend(prompt, expansion, options)
      return await reviewPrompt(prompt, expansion, options)
    },
  }
}

function isReload(prompt: string, { commands }: CommandIndex): boolean {
  return parseSlash(prompt)?.name === RELOAD && !isPersonal(commands.get(RELOAD))
}

function isPersonal(file: CommandFile | undefined): boolean {
  return file !== undefined && file.source !== 'project'
}
