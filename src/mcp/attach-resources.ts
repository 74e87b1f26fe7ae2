import type { Expansion } from '../commands/expansion.js'
import { findReferences } from '../commands/find-references.js'
import type { PromptServer, ResourceContent } from './prompt-server-types.js'

/** Attaches the resources that an expansion's texts mention as `@server:uri`; those that cannot be read are skipped. */
export async function attachResources(expansion: Expansion, servers: readonly PromptServer[]): Promise<Expansion> {
  if (expansion.outcome !== 'prompt' && expansion.outcome !== 'passthrough') return expansion
  const mentions = expansion.text.flatMap((text) => mentionsIn(text, servers))
  if (mentions.length === 0) return expansion
  const found = await Promise.all(
    mentions.map(async ({ server, uri }) => {
      try {
        const contents = await server.readResource(uri)
        const text = contents.map(contentText).join('\n')
        return [{ kind: 'resource' as const, path: `${server.name}:${uri}`, text }]
      } catch {
        return []
      }
    }),
  )
  const resources = found.flat()
  if (resources.length === 0) return expansion
  return { ...expansion, outcome: 'prompt', attachments: [...expansion.attachments, ...resources] }
}

function mentionsIn(text: string, servers: readonly PromptServer[]): Array<{ server: PromptServer; uri: string }> {
  return findReferences(text).flatMap(({ path }) => {
    const at = path.indexOf(':')
    const name = path.slice(0, Math.max(at, 0))
    const server = servers.find((candidate) => candidate.name === name || candidate.id === name)
    const uri = path.slice(at + 1)
    return server === undefined || uri === '' ? [] : [{ server, uri }]
  })
}

function contentText({ text, mimeType }: ResourceContent): string {
  return typeof text === 'string' ? text : `[Binary content: ${String(mimeType ?? 'application/octet-stream')}]`
}
