import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { settingsFault } from '../../config/claude-settings-faults.js'
import { readJsonFile } from '../../config/json-file.js'
import { jsonLines } from '../../config/json-text.js'
import { readTextFile } from '../../config/text-file.js'
import { isObject } from '../../json.js'
import type { Item } from './item.js'

type Fate = Pick<Item, 'does' | 'change'>

/** Keys that count here as in Claude Code; rules and hooks are told one by one. */
const SERVED: ReadonlySet<string> = new Set([
  '$schema',
  'codexPlus',
  'permissions',
  'hooks',
  'disableAllHooks',
  'disableSkillShellExecution',
  'bashOutputMaxChars',
  'maxEffortLevel',
  'deniedModels',
  'enabledMcpjsonServers',
  'disabledMcpjsonServers',
  'enableAllProjectMcpServers',
  'allowManagedPermissionRulesOnly',
])

const FATES: Readonly<Record<string, Fate>> = {
  model: {
    does: "not used: codex's model is that of its own configuration",
    change: 'set `model` in ~/.codex/config.toml, or start with `-m MODEL`',
  },
  effortLevel: {
    does: "not used: codex's effort is that of its own configuration",
    change: 'set `model_reasoning_effort` in ~/.codex/config.toml',
  },
  statusLine: {
    does: "shown in the terminal's title, if the setting statusLine is on",
    change: 'set "statusLine": true in ~/.config/codex-plus/settings.json',
  },
  outputStyle: {
    does: 'not used: codex has no output styles',
    change: 'put the text of the style into AGENTS.md, or into ~/.codex/AGENTS.md for all projects',
  },
  env: {
    does: "set for hooks and shell blocks, not for codex-plus, codex and the model's commands",
    change: "for the model's commands, set `shell_environment_policy.set` in ~/.codex/config.toml",
  },
  mcpServers: {
    does: 'ignored, as in Claude Code: settings files define no MCP servers',
    change: 'move them to .mcp.json of the project, or to mcpServers of ~/.claude.json',
  },
  enabledPlugins: {
    does: 'not used: the plugins it names are not loaded',
    change: 'copy the commands, skills, hooks and servers you need from the plugin into .claude and .mcp.json',
  },
  sandbox: {
    does: 'not used: codex has a sandbox of its own',
    change: 'set `sandbox_mode` and `[sandbox_workspace_write]` in ~/.codex/config.toml',
  },
  apiKeyHelper: {
    does: 'not run: codex has a login of its own',
    change: 'use `codex login`, or `env_key` of a model provider in ~/.codex/config.toml',
  },
  cleanupPeriodDays: {
    does: "not used: it is about Claude Code's own sessions",
    change: 'set `sessionDays` in ~/.config/codex-plus/settings.json',
  },
}
const OTHER: Fate = {
  does: "not used: it is a setting of Claude Code's own",
  change: 'look for one in ~/.codex/config.toml, or leave it',
}

/** Returns the keys of a folder's settings files that count for less here than in Claude Code, and the plugins on disk. */
export function settingsItems(folder: string): Item[] {
  return [
    ...['settings.json', 'settings.local.json'].flatMap((name) => itemsOf(join(folder, name))),
    ...installedPlugins(join(folder, 'plugins')),
  ]
}

function itemsOf(file: string): Item[] {
  const problems: string[] = []
  const values = readJsonFile(file, problems)
  if (values === null) {
    return problems.map((problem) => ({
      what: 'settings file',
      path: file,
      does: `ignored: ${problem}`,
      change: 'make it valid JSON',
    }))
  }
  const lineOf = jsonLines(readTextFile(file))
  const fault = settingsFault(values)
  if (fault !== null) {
    return [
      {
        what: `setting ${fault.key}`,
        path: `${file}:${lineOf(fault.key.split('.'))}`,
        does: 'the whole file is ignored, hooks and rules included, as in Claude Code: the value is not valid',
        change: `make it ${fault.expected}`,
      },
    ]
  }
  return Object.keys(values)
    .filter((key) => !SERVED.has(key))
    .map((key) => ({ what: whatOf(key, values[key]), path: `${file}:${lineOf([key])}`, ...(FATES[key] ?? OTHER) }))
}

/** The key, with the names in it where they matter. */
function whatOf(key: string, value: unknown): string {
  if (key === 'model' || key === 'outputStyle' || key === 'effortLevel') return `${key} ${String(value)}`
  if (!['env', 'mcpServers', 'enabledPlugins'].includes(key) || !isObject(value)) return `setting ${key}`
  const names = Object.keys(value)
  const shown = names.slice(0, 5).join(', ')
  return `${key} ${names.length > 5 ? `${shown} and ${names.length - 5} more` : shown}`.trimEnd()
}

/** Plugins that Claude Code has installed, by marketplace. */
function installedPlugins(folder: string): Item[] {
  const { does, change } = FATES.enabledPlugins as Fate
  const cache = join(folder, 'cache')
  return foldersIn(cache).flatMap((marketplace) =>
    foldersIn(join(cache, marketplace)).map((name) => {
      const path = join(cache, marketplace, name)
      return {
        what: `plugin ${name}@${marketplace}`,
        path,
        does: does.replace('the plugins it names are', 'it is'),
        change,
      }
    }),
  )
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}
