import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../../../json.js'
import { isWithin } from '../../../paths.js'
import { followPath } from '../../../permissions/follow-path.js'
import type { JsonObject } from '../../../request/request-body.js'
import { lastLineWith } from './rollout-lines.js'
import { onlyCommandCall } from './script-call.js'
import type { ToolUse } from './tool-use.js'

/** What tells whether codex asks its user about a call by itself. */
export interface AskingPlace {
  /** Folders with codex's own command rules: what they allow it does not ask about. */
  readonly ruleFolders: readonly string[]
  /** Whether codex was told to ask for every call of this MCP tool. */
  asksForTool(name: string): boolean
}

/**
 * Decides whether codex is certain to ask the user about a call: in the TUI, outside the sandbox, where the call says so.
 * What it asks cannot be seen before, so that every doubt counts as no.
 */
export function codexAsks(uses: readonly ToolUse[], payload: JsonObject, place: AskingPlace): boolean {
  const turn = readTurnContext(payload.transcript_path)
  if (turn?.approval_policy !== 'on-request' || turn.approvals_reviewer !== 'user') return false
  const files = member(turn.permission_profile, 'file_system')
  if (files.type !== 'restricted') return false
  const name = String(payload.tool_name)
  if (name.startsWith('mcp__')) return place.asksForTool(name)
  if (name === 'apply_patch') return uses.some(({ input }) => isOutside(String(input.file_path), files))
  if (name !== 'Bash') return false
  const command = String(member(payload, 'tool_input').command)
  return isEscalated(payload, command) && !isKnownToRules(command, place.ruleFolders)
}

/** Whether the model asked for the command to run outside the sandbox. */
function isEscalated(payload: JsonObject, command: string): boolean {
  const { transcript_path: file, tool_use_id: id } = payload
  if (typeof file !== 'string' || typeof id !== 'string') return false
  const classic = lastLineWith(file, ['"function_call"', `"call_id":${JSON.stringify(id)}`])
  const given =
    classic === null
      ? onlyCommandCall(String(itemOf(lastLineWith(file, ['"custom_tool_call"', '"name":"exec"'])).input))
      : parsed(String(itemOf(classic).arguments))
  return given !== null && given.cmd === command && given.sandbox_permissions === 'require_escalated'
}

/** codex asks about no command that a rule of its own allows; who is named in its rules may be one. */
function isKnownToRules(command: string, folders: readonly string[]): boolean {
  const words = new Set(command.split(/[^\w./-]+/).filter(Boolean))
  return folders.some((folder) =>
    ruleTexts(folder).some((text) => [...text.matchAll(/"([^"]*)"/g)].some(([, word]) => words.has(word ?? ''))),
  )
}

function ruleTexts(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.rules'))
    return names.map((name) => readFileSync(join(folder, name), 'utf8'))
  } catch {
    return []
  }
}

/** Whether a file lies outside of what the sandbox lets patches write. */
function isOutside(file: string, { entries }: JsonObject): boolean {
  if (!Array.isArray(entries)) return false
  const writable = (entries as unknown[]).filter((entry) => isObject(entry) && entry.access === 'write')
  const paths = [file, followPath('/', file)]
  const outside = (folder: string): boolean =>
    paths.every((path) => !isWithin(path, folder) && !isWithin(path, followPath('/', folder)))
  return writable.every((entry) => {
    const { type, path, value } = member(entry, 'path')
    if (type === 'path') return typeof path === 'string' && outside(path)
    const kind = isObject(value) ? value.kind : undefined
    if (kind === 'slash_tmp') return outside('/tmp')
    return kind === 'tmpdir' && outside(process.env.TMPDIR || '/tmp')
  })
}

/** What codex keeps of a turn: its approval policy and sandbox, as the user may have changed them since the start. */
function readTurnContext(file: unknown): JsonObject | null {
  const line = typeof file === 'string' ? lastLineWith(file, ['"type":"turn_context"']) : null
  return line === null ? null : itemOf(line)
}

function itemOf(line: string | null): JsonObject {
  return member(parsed(line ?? ''), 'payload')
}

function member(value: unknown, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined
  return isObject(found) ? found : {}
}

function parsed(json: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
