import { isObject } from '../json.js'
import type { JsonObject } from '../request/request-body.js'

/** Prefixes of user messages that codex writes itself, for codex versions that do not label message parts. */
const SYNTHETIC = [
  '<environment_context>',
  '# AGENTS.md instructions for',
  '<user_instructions>',
  '<skill>',
  '<hook_prompt',
  '<codex_internal_context',
  '<user_shell_command>',
  '<turn_aborted>',
]

/** One text that the user wrote, and its position in the request's `input`. */
export interface UserText {
  readonly item: number
  readonly part: number
  readonly messageId: string | null
  readonly turnId: string | null
  readonly text: string
}

/** Returns every text of the request that the user wrote, oldest first (codex-0.169 section 3: kind `user.text`). */
export function findUserTexts(body: JsonObject): UserText[] {
  const input = Array.isArray(body.input) ? (body.input as unknown[]) : []
  return input.flatMap((value, item) => userTextsOf(value, item))
}

function userTextsOf(value: unknown, item: number): UserText[] {
  if (!isObject(value) || value.role !== 'user' || (value.type ?? 'message') !== 'message') return []
  const content = Array.isArray(value.content) ? (value.content as unknown[]) : []
  const passthrough = isObject(value.internal_chat_message_metadata_passthrough)
    ? value.internal_chat_message_metadata_passthrough
    : {}
  const kinds = Array.isArray(passthrough.content_item_kinds) ? (passthrough.content_item_kinds as unknown[]) : null
  return content.flatMap((part, index) => {
    if (!isObject(part) || part.type !== 'input_text' || typeof part.text !== 'string') return []
    const text = part.text
    const own = kinds ? kinds[index] === 'user.text' : !SYNTHETIC.some((start) => text.startsWith(start))
    if (!own) return []
    return [{ item, part: index, messageId: stringOrNull(value.id), turnId: stringOrNull(passthrough.turn_id), text }]
  })
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
