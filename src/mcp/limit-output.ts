import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { makePrivateFolder } from '../paths.js'
import { normalName } from './command-names.js'
import type { McpTimeouts } from './timeouts.js'

export interface OutputOptions {
  readonly server: string
  readonly tool: string
  readonly limits: McpTimeouts
  readonly outputFolder: string
}

/**
 * Returns a result unchanged, or, if its texts have more than MAX_MCP_OUTPUT_TOKENS (four characters a token), saves
 * them to a file and returns a text that names it (claude-code-2.1 section 3).
 */
export function limitOutput(result: Result, { server, tool, limits, outputFolder }: OutputOptions): Result {
  const content = Array.isArray(result.content) ? (result.content as Array<Record<string, unknown>>) : []
  const texts = content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []))
  const structured = result.structuredContent === undefined ? '' : JSON.stringify(result.structuredContent)
  const length = Math.max(
    texts.reduce((sum, text) => sum + text.length, 0),
    structured.length,
  )
  if (length / 4 <= limits.outputTokens) return result

  const whole = texts.length > 0 ? texts.join('\n') : structured
  const file = saveOutput(whole, `mcp-${normalName(server)}-${normalName(tool)}`, outputFolder)
  const lines = whole.split('\n').length
  const size = `${whole.length.toLocaleString('en-US')} characters across ${lines} line${lines === 1 ? '' : 's'}`
  const text =
    file === null
      ? `Error: result (${size}) exceeds maximum allowed tokens, and could not be saved to a file.`
      : `Error: result (${size}) exceeds maximum allowed tokens. Output has been saved to ${file}.\nRead that file in parts, or search in it.`
  const { structuredContent: _structured, ...rest } = result
  return { ...rest, content: [{ type: 'text', text }, ...content.filter(({ type }) => type !== 'text')] }
}

function saveOutput(text: string, name: string, folder: string): string | null {
  const file = join(folder, `${name}-${Date.now()}.txt`)
  try {
    makePrivateFolder(folder)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  } catch {
    return null
  }
}
