import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readClaudeSettings } from '../config/claude-settings.js'
import { claudeHome, codexHome, gitRoot, homeFolder, xdgFolder } from '../config/paths.js'
import { folderTrust } from '../config/trust.js'
import { type CommandIndex, discoverCommands } from './discover.js'
import { type Expansion, expandPrompt } from './expand.js'
import type { CommandExtension } from './extension.js'
import { type CommandRow, listCommands, listText, sortRows } from './list.js'

export interface ExpanderOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly dialect: 'auto' | 'claude'
  readonly shellTimeoutMs: number
  /** Runs a project's shell blocks as if its folder were trusted. */
  readonly assumeTrust?: boolean
  /** What knows further commands, in the order it is asked. */
  readonly extensions?: readonly CommandExtension[]
}

/** What belongs to the turn a prompt is from. */
export interface ExpandOptions {
  readonly sessionId: string
  readonly effort: string | null
  readonly signal?: AbortSignal
}

/** The slash commands of one place: its files are looked at anew for every prompt, so that an edit counts at once. */
export interface Expander {
  index(): CommandIndex
  /** Every command with its description, those of extensions included. */
  rows(all?: boolean): CommandRow[]
  expand(prompt: string, options: ExpandOptions): Promise<Expansion>
  /** The names that are commands here, those built in included. */
  names(): ReadonlySet<string>
}

/** Names that are answered here without a file. A file of the same name comes first. */
export const BUILT_IN = ['commands'] as const

/** Makes the expander of a working directory. */
export function createExpander(options: ExpanderOptions): Expander {
  const { cwd, env, dialect, extensions = [] } = options
  const root = gitRoot(cwd)
  const index = (): CommandIndex =>
    discoverCommands({
      cwd,
      gitRoot: root,
      claudeHome: claudeHome(env),
      // `claude` is exactly Claude Code: it knows neither codex's prompts nor the commands of this package.
      codexPrompts: dialect === 'claude' ? null : join(codexHome(env), 'prompts'),
      shipped: dialect === 'claude' ? null : fileURLToPath(new URL('../../commands', import.meta.url)),
      dialect,
    })
  const further = (): CommandRow[] => extensions.flatMap((extension) => extension.rows())
  const rows = (all = false): CommandRow[] => sortRows([...listCommands(index(), all), ...further()])

  const expandFiles = async (prompt: string, { sessionId, effort, signal }: ExpandOptions): Promise<Expansion> => {
    const commands = index()
    if (dialect === 'auto' && /^\/commands\s*$/.test(prompt) && !commands.commands.has('commands')) {
      const message = listText(rows(), commands.problems)
      return { outcome: 'local', command: null, args: '', text: [], attachments: [], message }
    }
    const { trusted } = folderTrust(cwd, root, env)
    return await expandPrompt(prompt, {
      cwd,
      projectDir: cwd,
      home: homeFolder(env),
      env,
      dialect,
      sessionId,
      effort: effort ?? 'high',
      index: commands,
      settings: readClaudeSettings({ cwd, env, projectAllowCounts: trusted }),
      trusted: trusted || options.assumeTrust === true,
      shellTimeoutMs: options.shellTimeoutMs,
      outputFolder: join(xdgFolder('state', env), 'outputs'),
      ...(signal === undefined ? {} : { signal }),
    })
  }
  return {
    index,
    rows,
    names() {
      const names = [...index().commands.keys(), ...further().map(({ name }) => name)]
      return new Set([...names, ...(dialect === 'claude' ? [] : BUILT_IN)])
    },
    async expand(prompt, options) {
      let expansion = await expandFiles(prompt, options)
      for (const extension of extensions) expansion = await extension.extend(prompt, expansion, options)
      return expansion
    },
  }
}
