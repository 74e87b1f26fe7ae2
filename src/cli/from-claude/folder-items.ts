import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Item } from './item.js'

interface Kind {
  readonly what: string
  /** Below the folder. */
  readonly place: string
  /** The end of the file names; null for every entry. */
  readonly ending: string | null
  readonly does: string
  readonly change: string
}

/** What stands in a folder of its own, and that codex-plus does not use. */
const KINDS: readonly Kind[] = [
  {
    what: 'agent',
    place: 'agents',
    ending: '.md',
    does: 'not used: codex starts only its own sub-agents',
    change: 'put its text into a command file, .claude/commands/NAME.md, and type /NAME',
  },
  {
    what: 'output style',
    place: 'output-styles',
    ending: '.md',
    does: 'not used: codex has no output styles',
    change: 'put its text into AGENTS.md, or into ~/.codex/AGENTS.md for all projects',
  },
  {
    what: 'workflow',
    place: 'workflows',
    ending: '.js',
    does: 'not run: it is a program for Claude Code',
    change: 'write it as a command file or as a module (`codex-plus modules new NAME`)',
  },
  {
    what: 'rules',
    place: 'rules',
    ending: '.md',
    does: 'not read: codex reads only AGENTS.md, and CLAUDE.md where that is missing',
    change: 'put the text into AGENTS.md',
  },
  {
    what: 'theme',
    place: 'themes',
    ending: '.json',
    does: "not used: it belongs to Claude Code's own screen",
    change: 'choose one of codex with /theme',
  },
  {
    what: 'agent memory',
    place: 'agent-memory',
    ending: null,
    does: 'not read: codex starts only its own sub-agents',
    change: 'put what codex should know into AGENTS.md',
  },
]

/** Files at the top of the folder, by name. */
const FILES: Readonly<Record<string, Omit<Kind, 'place' | 'ending'>>> = {
  'keybindings.json': {
    what: 'key bindings',
    does: "not used: they belong to Claude Code's own screen",
    change: 'set `tui.keymap` in ~/.codex/config.toml (/keymap shows the keys)',
  },
  'CLAUDE.md': {
    what: 'instructions',
    does: 'not read: codex reads AGENTS.md, and CLAUDE.md only in the project itself',
    change: 'move it beside .claude, or into AGENTS.md; for all projects into ~/.codex/AGENTS.md',
  },
  '.mcp.json': {
    what: 'MCP servers',
    does: 'not read, as in Claude Code: .mcp.json stands beside the folder',
    change: 'move the file up, beside .claude',
  },
}

/** Returns what a `.claude` folder has in folders and files that codex-plus does not use. */
export function unusedFiles(folder: string): Item[] {
  const inFolders = KINDS.flatMap(({ what, place, ending, does, change }) =>
    filesOf(join(folder, place), ending).map((path) => ({
      what: `${what} ${nameOf(path, ending)}`,
      path,
      does,
      change,
    })),
  )
  const files = Object.entries(FILES).flatMap(([name, { what, does, change }]) => {
    const path = join(folder, name)
    return existsSync(path) ? [{ what, path, does, change }] : []
  })
  return [...inFolders, ...files]
}

function filesOf(folder: string, ending: string | null): string[] {
  try {
    return readdirSync(folder, { recursive: ending !== null, encoding: 'utf8' })
      .filter((name) => ending === null || name.endsWith(ending))
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

function nameOf(path: string, ending: string | null): string {
  return basename(path, ending ?? '')
}
