import { isObject } from '../../../json.js'
import type { CallRecord } from './call-record.js'
import { textOf } from './content-parts.js'
import type { ToolUse } from './tool-use.js'

/** Converts the response of a tool to Claude Code's `tool_response` (claude-code-2.1 section 2). */
export function toolResponse(use: ToolUse, response: unknown): unknown {
  const { name, input } = use
  if (name === 'Bash') {
    const stdout = textOf(response).trimEnd()
    return { stdout, stderr: '', interrupted: false, isImage: false, noOutputExpected: false }
  }
  if (name === 'Write') {
    const { file_path: filePath, content } = input
    return { type: 'create', filePath, content, structuredPatch: [], originalFile: null, userModified: false }
  }
  if (name === 'Edit') {
    return {
      filePath: input.file_path,
      oldString: input.old_string,
      newString: input.new_string,
      originalFile: null,
      structuredPatch: [],
      userModified: false,
      replaceAll: false,
    }
  }
  if (name === 'Read') return { type: 'image', file: { filePath: input.file_path } }
  // The response of an MCP tool is its content.
  if (name.startsWith('mcp__') && isObject(response) && Array.isArray(response.content)) return response.content
  return response
}

/** Returns the error text of a recorded call; null if it did not fail. */
export function failureOf(record: CallRecord): string | null {
  if (record.exitCode !== null && record.exitCode !== 0) {
    return `Exit code ${record.exitCode}\n${record.output.trimEnd()}`.trimEnd()
  }
  return record.failed ? record.output.trimEnd() || 'The tool failed.' : null
}
