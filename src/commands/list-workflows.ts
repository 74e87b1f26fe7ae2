import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { foldersUpTo } from '../paths.js'
import type { CommandRow } from './list-commands.js'

export interface WorkflowOptions {
  readonly cwd: string
  readonly gitRoot: string | null
  readonly claudeHome: string
  /** Whether a name belongs to a command. */
  isCommand(name: string): boolean
}

/**
 * Lists the workflows of Claude Code: `.claude/workflows/NAME.js` is `/NAME` there (claude-code-2.1 section 7). They are
 * programs for Claude Code's own runtime, so each row has a problem.
 */
export function listWorkflows({ cwd, gitRoot, claudeHome, isCommand }: WorkflowOptions): CommandRow[] {
  const projects = foldersUpTo(cwd, gitRoot).map((folder) => join(folder, '.claude'))
  const folders = [...projects.filter((folder) => folder !== claudeHome), claudeHome]
  const seen = new Set<string>()
  return folders.flatMap((folder) =>
    workflowNames(join(folder, 'workflows')).map((name): CommandRow => {
      const path = join(folder, 'workflows', `${name}.js`)
      const shadowed = seen.has(name) || isCommand(name)
      seen.add(name)
      return {
        name,
        source: folder === claudeHome ? 'personal' : 'project',
        kind: 'workflow',
        path,
        description: '',
        argumentHint: null,
        shadowed,
        invocable: false,
        problem: `${path} is a workflow, a program for Claude Code; codex-plus does not run it. Write it as a command file or as a module.`,
      }
    }),
  )
}

function workflowNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.js') && name !== '.js' && !/\p{Cc}/u.test(name))
      .map((name) => name.slice(0, -3))
  } catch {
    return []
  }
}
