// This folder translates codex's tool calls and hook payloads to Claude Code's, and hook outcomes back to codex.
import { resolve } from 'node:path'
import type { JsonObject } from '../../../request/request-body.js'
import { patchUses, rewritePatch } from './patch-files.js'
import { namedFiles } from './patch-format.js'
import type { ToolUse } from './tool-use.js'

/** The Claude Code calls that represent a codex tool call, and the translation of updated inputs back. */
export interface Translation {
  readonly uses: readonly ToolUse[]
  /** Returns codex's input with the inputs that hooks updated, or why codex cannot express them. */
  update(updates: ReadonlyMap<ToolUse, JsonObject>): { input: JsonObject } | { problem: string }
}

/** Translates a codex tool call (design, Hooks; names and inputs as in codex-0.169 section 5.1). */
export function translateTool(name: string, input: JsonObject, cwd: string): Translation {
  if (name === 'Bash') return single(input, { name, input }, ({ command }) => textInput('command', command))
  if (name === 'apply_patch') return patch(input, cwd)
  if (name === 'view_image') {
    const file = typeof input.path === 'string' ? resolve(cwd, input.path) : input.path
    return single(input, { name: 'Read', input: { file_path: file } }, ({ file_path: path }) =>
      typeof path === 'string' ? { ...input, path } : null,
    )
  }
  if (/^web[._]*run$/.test(name)) return web(name, input)
  if (/spawn_agent$/.test(name)) return single(input, { name: 'Agent', input: taskInput(input) }, fromTaskInput(input))
  return single(input, { name, input }, (value) => value)
}

function single(before: JsonObject, use: ToolUse, back: (input: JsonObject) => JsonObject | null): Translation {
  return {
    uses: [use],
    update(updates) {
      const given = updates.get(use)
      const input = given ? back(given) : before
      return input ? { input } : { problem: `codex does not accept it as an input of ${use.name}` }
    },
  }
}

function textInput(key: string, value: unknown): JsonObject | null {
  return typeof value === 'string' && value !== '' ? { [key]: value } : null
}

function patch(input: JsonObject, cwd: string): Translation {
  const command = typeof input.command === 'string' ? input.command : ''
  const uses = patchUses(command, cwd)
  if (uses === null) return unreadable(input, command, cwd)
  return {
    uses,
    update(updates) {
      if (updates.size === 0) return { input }
      const rewritten = rewritePatch(command, cwd, updates, uses)
      return 'problem' in rewritten ? rewritten : { input: { ...input, command: rewritten.command } }
    },
  }
}

/** A patch that cannot be parsed is shown as edits of the files it names, so that rules for these files apply. */
function unreadable(input: JsonObject, command: string, cwd: string): Translation {
  const uses = namedFiles(command).map((path) => ({
    name: 'Edit',
    input: { file_path: resolve(cwd, path), old_string: '', new_string: command, replace_all: false },
  }))
  if (uses.length === 0) return single(input, { name: 'apply_patch', input }, () => null)
  return {
    uses,
    update: (updates) => (updates.size === 0 ? { input } : { problem: 'codex-plus cannot parse the original patch' }),
  }
}

/** A call of codex's web tool may have several searches and pages: each becomes a separate call. */
function web(name: string, input: JsonObject): Translation {
  const searches = objects(input.search_query).flatMap(({ q }, index) =>
    typeof q === 'string' ? [{ key: 'search_query', index, use: { name: 'WebSearch', input: { query: q } } }] : [],
  )
  const pages = objects(input.open).flatMap(({ ref_id: url }, index) =>
    typeof url === 'string' && /^https?:\/\//.test(url)
      ? [{ key: 'open', index, use: { name: 'WebFetch', input: { url, prompt: '' } } }]
      : [],
  )
  const all = [...searches, ...pages]
  if (all.length === 0) return single(input, { name, input }, (value) => value)
  return {
    uses: all.map(({ use }) => use),
    update(updates) {
      const lists: Record<string, JsonObject[]> = {
        search_query: [...objects(input.search_query)],
        open: [...objects(input.open)],
      }
      for (const { key, index, use } of all) {
        const given = updates.get(use)
        const value = key === 'open' ? given?.url : given?.query
        if (given && typeof value !== 'string')
          return { problem: `it has no valid ${key === 'open' ? 'url' : 'query'} for ${use.name}` }
        const list = lists[key] ?? []
        if (given) list[index] = { ...list[index], [key === 'open' ? 'ref_id' : 'q']: value }
      }
      const changed = Object.keys(lists).filter((key) => input[key] !== undefined)
      return { input: { ...input, ...Object.fromEntries(changed.map((key) => [key, lists[key]])) } }
    },
  }
}

function taskInput(input: JsonObject): JsonObject {
  const text = (...keys: string[]): string => {
    const key = keys.find((candidate) => typeof input[candidate] === 'string')
    return key === undefined ? '' : String(input[key])
  }
  return {
    description: text('task_name', 'name', 'title'),
    prompt: text('message', 'prompt', 'task'),
    subagent_type: text('agent_type', 'role') || 'default',
  }
}

function fromTaskInput(input: JsonObject): (task: JsonObject) => JsonObject | null {
  const key = ['message', 'prompt', 'task'].find((candidate) => typeof input[candidate] === 'string')
  return ({ prompt }) => (key !== undefined && typeof prompt === 'string' ? { ...input, [key]: prompt } : null)
}

function objects(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) return []
  return (value as unknown[]).filter((entry): entry is JsonObject => typeof entry === 'object' && entry !== null)
}
