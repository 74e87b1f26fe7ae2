import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createCommandEngine } from '../../commands/command-engine.js'
import type { Settings } from '../../config/settings.js'
import { folderTrust } from '../../config/trust.js'
import { type HookRow, listHooks } from '../../hooks/list-hooks.js'
import { findServers } from '../../mcp/choose-servers.js'
import { claudeHome, foldersUpTo, gitRoot } from '../../paths.js'
import { listRules } from '../../permissions/list-rules.js'
import { readPermissionSettings } from '../../permissions/read-settings.js'
import { rulesOff } from '../subcommands/permissions.js'
import { unusedFiles } from './folder-items.js'
import { type ClaudeFolder, type Item, NOTHING } from './item.js'
import { settingsItems } from './settings-items.js'

export interface FromClaudeOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly settings: Settings
}

/**
 * Looks through the user's `.claude` folder and those of the project (nearest first), and tells for each thing in them, or
 * beside them, what codex-plus does with it and what to change. Starts nothing.
 */
export function findClaudeItems({ cwd, env, settings }: FromClaudeOptions): ClaudeFolder[] {
  const root = gitRoot(cwd)
  const home = claudeHome(env)
  const projects = foldersUpTo(cwd, root ?? cwd).map((folder) => join(folder, '.claude'))
  const folders = [home, ...projects.filter((folder) => folder !== home)]
  const shared = [
    ...commandItems(cwd, env, settings),
    ...hookItems(cwd, env, settings),
    ...ruleItems(cwd, env, settings),
    ...serverItems(cwd, env),
  ]
  return folders.flatMap((folder, at) => {
    // Settings count only in the folder codex is started in.
    const own = [...unusedFiles(folder), ...(at < 2 ? settingsItems(folder) : strayFiles(folder))]
    const beside = folder === home ? [] : instructions(dirname(folder))
    const items = [...shared.filter(({ file }) => folderOf(file, folders) === folder).map(itemOf), ...beside, ...own]
    return items.length === 0 ? [] : [{ folder, items }]
  })
}

interface Placed extends Item {
  readonly file: string
}

function itemOf({ file: _file, ...item }: Placed): Item {
  return item
}

/** The folder that a file belongs to: the one it is in, or beside. */
function folderOf(file: string, folders: readonly string[]): string | undefined {
  const inside = folders.find((folder) => file.startsWith(`${folder}/`))
  if (inside !== undefined) return inside
  const besides = folders.find((folder) => dirname(folder) === dirname(file))
  // `.claude.json` belongs to the user, also in another place.
  return besides ?? (file.endsWith('.claude.json') ? folders[0] : undefined)
}

function commandItems(cwd: string, env: NodeJS.ProcessEnv, settings: Settings): Placed[] {
  const { dialect, shellTimeoutMs, commandLists: lists } = settings
  const rows = createCommandEngine({ cwd, env, dialect, shellTimeoutMs, lists }).rows()
  return rows.flatMap(({ name, kind, path, problem }) => {
    if (path === null) return []
    const what = `${kind} /${name}`
    if (!settings.commands || settings.safe) {
      return [{ what, path, file: path, does: 'not run: commands are switched off', change: 'switch them on' }]
    }
    const works = kind === 'skill' ? 'works as a command that you type; the model does not call it' : 'works'
    return [{ what, path, file: path, does: problem ?? works, change: problem === null ? NOTHING : 'fix the file' }]
  })
}

function hookItems(cwd: string, env: NodeJS.ProcessEnv, settings: Settings): Placed[] {
  const { hooks, problems } = listHooks({ cwd, env, enabled: settings.hooks.enabled && !settings.safe })
  const rows = hooks.map((row): Placed => {
    const { event, command, source, why, note } = row
    const does =
      row.servedBy === null
        ? `not served: ${note}`
        : why === null
          ? `runs${note === null ? '' : `; ${note}`}`
          : `does not run: ${why}`
    return { what: `hook of ${event} [${command}]`, path: source, file: source, does, change: changeOf(row) }
  })
  return [...rows, ...problemItems('hooks', problems, 'fix the entry')]
}

/** The problems of files as things; a file that is ignored as a whole is told with its settings. */
function problemItems(what: string, problems: readonly string[], change: string): Placed[] {
  return problems.flatMap((problem) => {
    const [, path = '', file = '', text = ''] = /^((.+?)(?::\d+)?): ([\s\S]+)$/.exec(problem) ?? []
    if (file === '' || /The whole file is ignored|not valid JSON/.test(text)) return []
    return [{ what, path, file, does: text.replace(/\.$/, ''), change }]
  })
}

function changeOf({ why, servedBy }: HookRow): string {
  if (servedBy === null) return 'use another event: `codex-plus hooks list` shows what serves each'
  if (why === null) return NOTHING
  return why.includes('plus trust') ? 'run `codex-plus plus trust`' : 'switch hooks on'
}

function ruleItems(cwd: string, env: NodeJS.ProcessEnv, settings: Settings): Placed[] {
  const trusted = folderTrust(cwd, gitRoot(cwd), env).trusted
  const read = readPermissionSettings({ cwd, env })
  const { rules, problems } = listRules({ settings: read, trusted, off: rulesOff(settings) })
  const rows = rules.map(({ kind, rule, file, line, served, why }) => {
    const what = `rule ${kind} ${rule}`
    const path = `${file}:${line}`
    if (served) return { what, path, file, does: why === null ? 'holds' : `holds; ${why}`, change: NOTHING }
    const change = why?.includes('trust') ? 'run `codex-plus plus trust`' : 'write a rule that codex-plus can keep'
    return { what, path, file, does: `does not hold: ${why}`, change }
  })
  return [...rows, ...problemItems('permissions', problems, 'change it, if you rely on it')]
}

function serverItems(cwd: string, env: NodeJS.ProcessEnv): Placed[] {
  const { servers } = findServers({ cwd, env })
  return servers.map(({ name, file, line, kept, reason }) => ({
    what: `MCP server ${name}`,
    path: `${file}:${line()}`,
    file,
    does: kept === null ? 'runs' : `does not run: ${reason}`,
    change:
      kept === null
        ? NOTHING
        : kept === 'untrusted'
          ? 'run `codex-plus plus trust`'
          : kept === 'bad'
            ? 'fix the entry'
            : 'change the setting or rule it names, if you want the server',
  }))
}

/** Settings of a folder above the working directory count neither here nor in Claude Code. */
function strayFiles(folder: string): Item[] {
  return ['settings.json', 'settings.local.json']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => ({
      what: 'settings file',
      path,
      does: 'not read: only the folder that codex is started in counts, as in Claude Code',
      change: 'start codex-plus in that folder',
    }))
}

function instructions(project: string): Item[] {
  const found = ['CLAUDE.md', 'CLAUDE.local.md'].filter((name) => existsSync(join(project, name)))
  const hasAgents = existsSync(join(project, 'AGENTS.md'))
  return found.map((name) => {
    const item = { what: 'instructions', path: join(project, name) }
    if (name === 'CLAUDE.local.md') {
      return { ...item, does: 'not read by codex', change: 'put its text into AGENTS.md or AGENTS.override.md' }
    }
    if (hasAgents)
      return { ...item, does: 'not read: there is an AGENTS.md beside it', change: 'merge it into AGENTS.md' }
    return { ...item, does: 'read by codex; `@` imports in it are not followed', change: NOTHING }
  })
}
