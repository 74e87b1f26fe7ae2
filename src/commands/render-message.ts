import type { JsonObject } from '../request/request-body.js'
import type { Attachment } from './attach-references.js'
import type { Expansion } from './expansion.js'

/** The parts of a rewritten message and their kinds (`content_item_kinds`). */
export interface MessageParts {
  readonly content: readonly JsonObject[]
  readonly kinds: readonly string[]
}

/** Returns the parts that are sent for an expanded prompt: its text, then its attachments. */
export function renderMessage(expansion: Expansion, dialect: 'auto' | 'claude'): MessageParts {
  const texts = [
    ...(dialect === 'claude' && expansion.command ? [headerBlock(expansion.command.name, expansion.args)] : []),
    ...expansion.text,
  ]
  const attached = expansion.attachments.map((attachment) => renderAttachment(attachment, dialect))
  const parts = [...texts.map(textPart), ...attached.flat()]
  return { content: parts, kinds: parts.map(({ type }) => (type === 'input_image' ? 'user.image' : 'user.text')) }
}

/** Returns Claude Code's header block of a command (claude-code-2.1 section 0). */
function headerBlock(name: string, args: string): string {
  const lines = [`<command-message>${name}</command-message>`, `<command-name>/${name}</command-name>`]
  return [...lines, ...(args === '' ? [] : [`<command-args>${args}</command-args>`])].join('\n')
}

function renderAttachment(attachment: Attachment, dialect: 'auto' | 'claude'): JsonObject[] {
  if (attachment.kind === 'image') {
    const url = `data:${attachment.mediaType};base64,${attachment.bytes.toString('base64')}`
    return [textPart(`Image ${attachment.path}:`), { type: 'input_image', image_url: url }]
  }
  if (attachment.kind === 'resource') return [textPart(resourceText(attachment.text))]
  return [textPart(dialect === 'claude' ? claudeText(attachment) : plainText(attachment))]
}

/** Returns Claude Code's text for a resource (claude-code-2.1 section 1.7). */
function resourceText(text: string): string {
  return `Full contents of resource:\n${text}\nDo NOT read this resource again unless you think it may have changed, since you already have the full contents.`
}

type FileAttachment = Exclude<Attachment, { kind: 'image' | 'resource' }>

function plainText(attachment: FileAttachment): string {
  if (attachment.kind === 'directory') {
    return `<directory path="${attachment.path}">\n${attachment.entries.join('\n')}\n</directory>`
  }
  const { path, text, offset, limit } = attachment
  const lines = offset === undefined || limit === undefined ? '' : ` lines="${offset}-${offset + limit - 1}"`
  return `<file path="${path}"${lines}>\n${text}${text.endsWith('\n') ? '' : '\n'}</file>${noteOn(attachment)}`
}

/** Returns Claude Code's text for a file: a tool call and its result (claude-code-2.1 section 1.7). */
function claudeText(attachment: FileAttachment): string {
  const { path } = attachment
  if (attachment.kind === 'directory') {
    const input = JSON.stringify({ command: `ls ${path}`, description: `Lists files in ${path}` })
    return `Called the Bash tool with the following input: ${input}\nResult of calling the Bash tool:\n${attachment.entries.join('\n')}`
  }
  const { offset, limit, text } = attachment
  const input = JSON.stringify({ file_path: path, ...(offset === undefined ? {} : { offset, limit }) })
  const numbered = text.startsWith('<system-reminder>')
    ? text
    : text
        .split('\n')
        .map((line, index) => `${index + (offset ?? 1)}\t${line}`)
        .join('\n')
  return `Called the Read tool with the following input: ${input}\nResult of calling the Read tool:\n${numbered}${noteOn(attachment)}`
}

function noteOn({ path, garbled }: Extract<Attachment, { kind: 'file' }>): string {
  return garbled ? `\nNote: ${path} is not UTF-8; characters that could not be read are shown as \ufffd.` : ''
}

function textPart(text: string): JsonObject {
  return { type: 'input_text', text }
}
