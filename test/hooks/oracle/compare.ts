import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A message as a case records it. */
export interface RecordedMessage {
  readonly role: string
  readonly content: ReadonlyArray<string | Record<string, unknown>>
}

/** What Claude Code tells the model on its own account. */
const STOCK =
  /^(\{\{STOCK|- [\w:-]+: |<command-message>|<command-name>|<local-command|Called the Read tool|Result of calling the Read tool|agentId: )/
/** Its own words for a call that its permissions refuse. */
const REFUSED =
  /was blocked\. For security|haven't granted it yet|needs approval\. The path is|^A nested command in this command/

/** The texts of a request that come from the user, the tools and the hooks, in order. */
export function textsOf(messages: readonly RecordedMessage[]): string[] {
  return messages
    .filter(({ role }) => role !== 'assistant')
    .flatMap(({ role, content }) =>
      content.flatMap((part) => {
        if (typeof part !== 'string') return [resultOf(part)]
        const text = part.replace(/^<system-reminder>\n([\s\S]*)\n<\/system-reminder>\n?$/, '$1')
        return role === 'system' ? text.split('\n\n') : [text]
      }),
    )
    .map((text) => text.trim())
    .filter((text) => text !== '' && !STOCK.test(text))
}

function resultOf({ content, is_error: failed }: Record<string, unknown>): string {
  const [first] = Array.isArray(content) ? (content as Array<{ text?: unknown }>) : []
  const text = first ? String(first.text) : String(content)
  return `${failed === true ? 'failed' : 'result'}: ${REFUSED.test(text) ? 'no permission' : text.trim()}`
}

/** The files below a folder that were not there before, but for those that are no hook's. */
export function filesBelow(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\/\.git\/|\.env$|\/session-env\/|\/outputs\/|\/mcp-srv\.log$/.test(file))
  return new Map(files.map((file) => [relative(root, file), readFileSync(file, 'utf8')]))
}

/** The recorded files in one form with ours: ids by the order in which they are met, settings that were only filled in left out. */
export function comparableFiles(files: Iterable<readonly [string, string]>): Record<string, string[]> {
  const ids = new Map<string, string>()
  const sorted = [...files]
    .filter(([path]) => !/mcp-srv\.log$|\.claude\/settings\.json$|^mcp\.mjs$/.test(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const named = sorted.map(
    ([path, text]) =>
      [
        path.replace(/\.\d+\.stdin\.json$/, ''),
        text.replace(/\{\{UUID\d+\}\}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
          ids.set(id, ids.get(id) ?? `id ${ids.size + 1}`)
          return ids.get(id) as string
        }),
      ] as const,
  )
  // Calls that run at once number their files in any order.
  const byName: Record<string, string[]> = {}
  for (const [name, text] of named) byName[name] = [...(byName[name] ?? []), text].sort()
  return byName
}
