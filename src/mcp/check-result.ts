import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError } from '../errors.js'
import { isObject } from '../json.js'
import { LIST_KINDS, type ListKind } from './list-kinds.js'

/** A part of a tool's result or of a prompt's message. */
type Part = Readonly<Record<string, unknown>>

/**
 * Returns the result of a request in the form that the protocol asks for; codex and the SDK refuse a whole result for one part
 * that has another. Each thing that is left out of a list is named to `warn`, and a part that cannot be read becomes a text.
 * Throws CP_MCP_ANSWER for a result without its required fields.
 */
export function checkResult(server: string, method: string, result: Result, warn: (line: string) => void): Result {
  const kind = LIST_KINDS.find((candidate) => candidate.method === method)
  if (kind !== undefined) return checkList(server, kind, result, warn)
  const missing = (field: string): CodexPlusError =>
    new CodexPlusError('CP_MCP_ANSWER', `MCP server '${server}' answered ${method} without "${field}".`)
  switch (method) {
    case 'tools/call': {
      const { content, structuredContent: structured, isError, ...rest } = result
      const hasStructured = structured !== undefined && structured !== null
      if (!Array.isArray(content) && !hasStructured) throw missing('content')
      const parts = Array.isArray(content)
        ? content.map(readPart)
        : isObject(structured)
          ? []
          : [unreadable(structured)]
      return {
        ...rest,
        content: parts,
        // What is no object is in the content too: as a text, by convention or because of the line above.
        ...(isObject(structured) && { structuredContent: structured }),
        ...(isError !== undefined && isError !== null && { isError: isError === true || isError === 'true' }),
      }
    }
    case 'prompts/get': {
      if (!Array.isArray(result.messages)) throw missing('messages')
      return { ...result, messages: result.messages.flatMap(readMessages) }
    }
    case 'resources/read': {
      if (!Array.isArray(result.contents)) throw missing('contents')
      return { ...result, contents: result.contents.filter(isObject) }
    }
    default:
      return result
  }
}

function checkList(server: string, kind: ListKind, result: Result, warn: (line: string) => void): Result {
  const items = result[kind.key]
  if (!Array.isArray(items)) {
    warn(
      `MCP server '${server}' answered ${kind.method} without a list "${kind.key}"; none of its ${kind.plural} are used.`,
    )
    return { ...result, [kind.key]: [] }
  }
  const good = (items as unknown[]).flatMap((item, at) => {
    const read = kind.read(item)
    if (typeof read !== 'string') return [read]
    const named = isObject(item) && typeof item[kind.id] === 'string' && item[kind.id] !== ''
    const name = named ? `'${String(item[kind.id])}'` : `number ${at + 1}`
    warn(`MCP server '${server}': the ${kind.singular} ${name} is ignored: ${read}.`)
    return []
  })
  return { ...result, [kind.key]: good }
}

/** Older servers send the content of a message as a text, and some send several parts as a list. */
function readMessages(message: unknown): Part[] {
  if (!isObject(message)) return []
  const { role, content } = message
  const parts: unknown[] = Array.isArray(content) ? content : [typeof content === 'string' ? text(content) : content]
  return parts.map((part) => ({ role: role === 'assistant' ? 'assistant' : 'user', content: readPart(part) }))
}

function readPart(part: unknown): Part {
  if (typeof part === 'string') return text(part)
  if (!isObject(part)) return unreadable(part)
  const { type, text: words, data, mimeType, resource, uri, name } = part
  switch (type) {
    case 'text':
      return typeof words === 'string' ? withoutNulls(part) : unreadable(part)
    case 'image':
    case 'audio':
      return typeof data === 'string' && typeof mimeType === 'string' ? withoutNulls(part) : unreadable(part)
    case 'resource':
      return isObject(resource) && typeof resource.uri === 'string' && hasContents(resource)
        ? { ...withoutNulls(part), resource: withoutNulls(resource) }
        : unreadable(part)
    case 'resource_link':
      return typeof uri === 'string' && typeof name === 'string' ? withoutNulls(part) : unreadable(part)
    default:
      return unreadable(part)
  }
}

function hasContents(resource: Part): boolean {
  return typeof resource.text === 'string' || typeof resource.blob === 'string'
}

/** The part as JSON, so that the model has what was in it. */
function unreadable(part: unknown): Part {
  return text(JSON.stringify(part) ?? String(part))
}

function text(words: string): Part {
  return { type: 'text', text: words }
}

/** Servers write null for a field that they do not set. */
function withoutNulls(value: Part): Part {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}
