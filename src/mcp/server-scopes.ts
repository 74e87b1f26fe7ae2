import { join } from 'node:path'
import type { FileReader, SettingsFolder } from '../config/claude-settings.js'
import { readClaudeState } from '../config/claude-state.js'
import { jsonLines, readJson } from '../config/json-text.js'
import { readTextFile } from '../config/text-file.js'
import { isObject } from '../json.js'
import { foldersUpTo, homeFolder, isForeign } from '../paths.js'

/** Where a server is configured: for this user in this project, in the project, or for this user in all projects. */
export type ServerScope = 'local' | 'project' | 'user'

/** A server's entry in a file, not checked yet. */
export interface ServerEntry {
  readonly name: string
  readonly scope: ServerScope
  readonly file: string
  /** The line of its key in the file, counted from 1. */
  line(): number
  readonly value: unknown
}

/** The entries of all configuration files of a working directory. */
export interface ServerSources {
  /** The first definition of each name: local, project (nearest folder first), user. */
  readonly entries: readonly ServerEntry[]
  /** Servers of `.mcp.json` that `~/.claude.json` turns off for this project. */
  readonly disabled: readonly string[]
  /** One message for each file that could not be used. */
  readonly problems: readonly string[]
}

export interface SourceOptions extends SettingsFolder {
  readonly gitRoot: string | null
}

type Values = Record<string, unknown>

/** Reads `.mcp.json` from the working directory up to the root of the file system, and Claude Code's `.claude.json`. */
export function readSources({ cwd, gitRoot, env, read }: SourceOptions): ServerSources {
  const problems: string[] = []
  const own = readOwnFile(env, problems)
  const project = entryOf(entryOf(own?.values, 'projects'), gitRoot ?? cwd) as Values | undefined
  const here = gitRoot === null || gitRoot === cwd ? undefined : entryOf(entryOf(own?.values, 'projects'), cwd)
  const entries = [
    ...serversOf(own, project?.mcpServers, 'local', ['projects', gitRoot ?? cwd, 'mcpServers']),
    ...foldersUpTo(cwd, null).flatMap((folder) => {
      const file = join(folder, '.mcp.json')
      if (isForeign(file, cwd)) {
        problems.push(`${file} belongs to another user; its MCP servers are ignored.`)
        return []
      }
      return readProjectFile(file, problems, read ?? readTextFile)
    }),
    ...serversOf(own, own?.values.mcpServers, 'user', ['mcpServers']),
  ]
  const seen = new Set<string>()
  return {
    entries: entries.filter(({ name }) => !seen.has(name) && seen.add(name)),
    disabled: [project, here].flatMap((values) => strings(entryOf(values, 'disabledMcpjsonServers'))),
    problems,
  }
}

interface ReadFile {
  readonly file: string
  readonly lineOf: (path: readonly string[]) => number
  readonly values: Values
}

/** Reads `.claude.json`, which is in `$CLAUDE_CONFIG_DIR`, or else beside `~/.claude`. Claude Code writes it all the time. */
function readOwnFile(env: NodeJS.ProcessEnv, problems: string[]): ReadFile | null {
  const file = join(env.CLAUDE_CONFIG_DIR || homeFolder(env), '.claude.json')
  const read = readClaudeState(file)
  if (read === null) return null
  if (!('problem' in read)) return { file, ...read }
  problems.push(read.problem)
  return null
}

function readProjectFile(file: string, problems: string[], readFile: FileReader): ServerEntry[] {
  const text = readText(file, problems, readFile)
  const read = text === null ? null : parse(file, text, problems)
  if (read === null) return []
  const servers = read.values.mcpServers
  if (servers === undefined && Object.keys(read.values).length > 0) {
    problems.push(`${file}: there is no "mcpServers" key, so it defines no servers.`)
  } else if (servers !== undefined && !isObject(servers)) {
    problems.push(`${file}:${read.lineOf(['mcpServers'])}: "mcpServers" is not an object; the file is ignored.`)
  }
  return serversOf(read, servers, 'project', ['mcpServers'])
}

function serversOf(
  read: ReadFile | null,
  servers: unknown,
  scope: ServerScope,
  path: readonly string[],
): ServerEntry[] {
  if (read === null || !isObject(servers)) return []
  const { file, lineOf } = read
  return Object.entries(servers).map(([name, value]) => ({
    name,
    scope,
    file,
    line: () => lineOf([...path, name]),
    value,
  }))
}

function readText(file: string, problems: string[], read: FileReader): string | null {
  try {
    return read(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') problems.push(`${file} could not be read (${code}); it is ignored.`)
    return null
  }
}

function parse(file: string, text: string, problems: string[]): ReadFile | null {
  const json = readJson(text)
  if ('line' in json) problems.push(`${file}:${json.line}: not valid JSON; its MCP servers are ignored.`)
  else if (isObject(json.value)) return { file, lineOf: jsonLines(text), values: json.value }
  else problems.push(`${file}: expected a JSON object; the file is ignored.`)
  return null
}

function entryOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter((entry) => typeof entry === 'string') : []
}
