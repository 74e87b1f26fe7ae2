import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { makePrivateFolder } from '../paths.js'
import { normalName } from './command-names.js'

/** The ends of file names, by type. Other types are named by their own word. */
const ENDINGS: Readonly<Record<string, string>> = { 'image/jpeg': 'jpg', 'image/svg+xml': 'svg' }

/**
 * Saves the images of a tool's result, and puts a text behind each that says where it was saved, so that the model can
 * give the file to other tools (claude-code-2.1 section 3, oracle m074). An image that cannot be saved has no text.
 */
export function saveImages(result: Result, server: string, outputFolder: string): Result {
  if (!Array.isArray(result.content)) return result
  const content = (result.content as Array<Record<string, unknown>>).flatMap((part, at) => {
    if (part.type !== 'image' || typeof part.data !== 'string') return [part]
    const file = save(
      part.data,
      String(part.mimeType),
      `mcp-${normalName(server)}-blob-${Date.now()}-${at}`,
      outputFolder,
    )
    return file === null ? [part] : [part, { type: 'text', text: `[Image: source: ${file}]` }]
  })
  return { ...result, content }
}

function save(data: string, mediaType: string, name: string, folder: string): string | null {
  const ending = ENDINGS[mediaType] ?? /^image\/([a-z0-9]+)/.exec(mediaType)?.[1] ?? 'bin'
  const file = join(folder, `${name}.${ending}`)
  try {
    makePrivateFolder(folder)
    writeFileSync(file, Buffer.from(data, 'base64'), { mode: 0o600, flag: 'wx' })
    return file
  } catch {
    return null
  }
}
