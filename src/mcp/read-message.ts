import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '../json.js'

/** JSON-RPC's code for an internal error. */
const INTERNAL = -32603

/**
 * Reads the messages of a line that a server wrote: one, or a batch. Text in front of a message or behind it, which a program
 * printed without a line end, is dropped. Empty for a line without a message.
 */
export function readLineMessages(line: string): JSONRPCMessage[] {
  for (const text of candidates(line)) {
    try {
      return readMessages(JSON.parse(text))
    } catch {
      // The next candidate, or text that is no message.
    }
  }
  return []
}

function candidates(line: string): string[] {
  const start = line.search(/\{\s*"(?:jsonrpc|id|method|params|result|error)"\s*:/)
  if (start === -1) return [line]
  return [line, line.slice(start), line.slice(start, line.lastIndexOf('}') + 1)]
}

/** Reads one message or a batch of them; what is no message is left out. */
export function readMessages(value: unknown): JSONRPCMessage[] {
  return (Array.isArray(value) ? value : [value]).flatMap((each) => readMessage(each) ?? [])
}

/**
 * Returns a message in the one form that the SDK accepts; it drops all others, and their request would wait without end. So
 * `jsonrpc` may be missing, members that are null are absent, and further members are ignored. An answer without a result
 * becomes an error. Null for what is no message.
 */
function readMessage(value: unknown): JSONRPCMessage | null {
  if (!isObject(value)) return null
  if (isUsual(value)) return value
  const { method, params, id, result, error } = value
  if (typeof method === 'string') {
    const message = { jsonrpc: '2.0' as const, method, ...(isObject(params) && { params }) }
    return isId(id) ? { ...message, id } : message
  }
  if (error !== undefined && error !== null) {
    return { jsonrpc: '2.0', ...(isId(id) && { id }), error: readError(error) } as JSONRPCMessage
  }
  // An answer to nothing, as some servers send for notifications.
  if (!isId(id)) return null
  if (isObject(result)) return { jsonrpc: '2.0', id, result }
  if (result === null) return { jsonrpc: '2.0', id, result: {} }
  const what = result === undefined ? 'neither a result nor an error' : 'a result that is not an object'
  return { jsonrpc: '2.0', id, error: { code: INTERNAL, message: `the server's answer has ${what}` } }
}

/** Whether a message has the form of the protocol already, as nearly all have: it is then returned as the same object. */
function isUsual(value: Readonly<Record<string, unknown>>): value is JSONRPCMessage {
  const { jsonrpc, method, params, id, result } = value
  if (jsonrpc !== '2.0') return false
  const count = Object.keys(value).length
  if (typeof method === 'string') {
    return (
      count === 2 + Number(params !== undefined) + Number(id !== undefined) &&
      (params === undefined || isObject(params)) &&
      (id === undefined || isId(id))
    )
  }
  return isId(id) && isObject(result) && count === 3
}

function readError(error: unknown): { code: number; message: string; data?: unknown } {
  if (!isObject(error)) return { code: INTERNAL, message: typeof error === 'string' ? error : JSON.stringify(error) }
  const { code, message, data } = error
  return {
    code: Number.isSafeInteger(code) ? (code as number) : INTERNAL,
    message: typeof message === 'string' ? message : JSON.stringify(message ?? error),
    ...(data !== undefined && { data }),
  }
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id)
}
