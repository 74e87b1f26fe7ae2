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
  /** What codex put in front of the words in the same part: the context of the IDE; else empty. */
  readonly before: string
  readonly text: string
}

/** Returns every text of the request that the user wrote, oldest first (codex-0.169 section 3: kind `user.text`). */
export function findUserTexts(body: JsonObject): UserText[] {
  const input = Array.isArray(body.input) ? (body.input as unknown[]) : []
  return input.flatMap((value, item) => userTextsOf(value, item))
}

/** What codex's `/ide` puts in front of a prompt ends with this line (seen on 0.169). */
const IDE_CONTEXT = /^# Context from my IDE setup:\n[\s\S]*\n## My request for Codex:\n/

/** The lines that codex writes around an attachment: `<image name=[Image #1] path="pic.png">` and `</image>` (seen on 0.169). */
const OPENING = /^<(?:image|audio|video|file)(?: [^\n]*)?>$/
const CLOSING = /^<\/(?:image|audio|video|file)>$/
/** What codex writes in place of an attachment that it cannot send. */
const NOT_ATTACHED = /^Codex (?:could not read the local|cannot attach) (?:image|audio|video|file)\b[^\n]*`/

function userTextsOf(value: unknown, item: number): UserText[] {
  if (!isObject(value) || value.role !== 'user' || (value.type ?? 'message') !== 'message') return []
  const content = Array.isArray(value.content) ? (value.content as unknown[]) : []
  const passthrough = isObject(value.internal_chat_message_metadata_passthrough)
    ? value.internal_chat_message_metadata_passthrough
    : {}
  const kinds = Array.isArray(passthrough.content_item_kinds) ? (passthrough.content_item_kinds as unknown[]) : null
  const texts = content.map((part, index) => {
    if (!isObject(part) || part.type !== 'input_text' || typeof part.text !== 'string') return null
    const labelled = kinds
      ? kinds[index] === 'user.text'
      : !SYNTHETIC.some((start) => String(part.text).startsWith(start))
    return labelled ? part.text : null
  })
  return texts.flatMap((whole, part) => {
    if (whole === null || isAttachmentText(texts, part)) return []
    const before = IDE_CONTEXT.exec(whole)?.[0] ?? ''
    const text = whole.slice(before.length)
    return [{ item, part, messageId: stringOrNull(value.id), turnId: stringOrNull(passthrough.turn_id), before, text }]
  })
}

/**
 * Whether a text is one that codex wrote for an attachment, although it labels it as the user's: a wrapper line next to
 * the attachment, or the note in place of one. `texts` has null where the part is no text of the user.
 */
function isAttachmentText(texts: ReadonlyArray<string | null>, part: number): boolean {
  const text = texts[part] ?? ''
  if (OPENING.test(text)) return part + 1 < texts.length && texts[part + 1] === null
  if (CLOSING.test(text)) return part > 0 && texts[part - 1] === null
  return NOT_ATTACHED.test(text) && texts.slice(part + 1).some((later) => later !== null)
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
