import { z } from 'zod'
import { kindProblem } from './entry-kind.js'
import { expandVariables } from './expand-variables.js'
import { entryTimeout } from './timeouts.js'

const texts = z.record(z.string(), z.string())
const stdio = z.object({
  type: z.literal('stdio').optional(),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: texts.default({}),
  timeout: z.number().optional(),
})
const remote = z.object({
  type: z.enum(['http', 'streamable-http', 'sse']),
  url: z.string().min(1),
  headers: texts.default({}),
  headersHelper: z.string().min(1).optional(),
  oauth: z
    .object({
      clientId: z.string().min(1).optional(),
      callbackPort: z.int().min(1).max(65_535).optional(),
      scopes: z.string().min(1).optional(),
    })
    .optional(),
  timeout: z.number().optional(),
})

/** How to connect to a server, with variables expanded. */
export type ServerTransport =
  | {
      readonly kind: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'http' | 'sse'
      readonly url: URL
      readonly headers: Readonly<Record<string, string>>
      readonly headersHelper: string | null
      readonly oauth: { readonly clientId?: string; readonly callbackPort?: number; readonly scopes?: string }
    }

/** A valid entry of `mcpServers`. */
export interface CheckedEntry {
  readonly transport: ServerTransport
  /** How long one call may take, in ms; null when the entry does not set it. */
  readonly timeoutMs: number | null
}

/**
 * Checks an entry and expands its variables; returns what is wrong with it, as the end of a sentence, if it is invalid.
 */
export function checkEntry(value: unknown, env: NodeJS.ProcessEnv): CheckedEntry | { readonly problem: string } {
  const type = kindProblem(value)
  if (type !== null) return { problem: type }
  const fill = (text: string): string => expandVariables(text, env)
  if (isRemote(value)) {
    const read = remote.safeParse(value)
    if (!read.success) return { problem: issueOf(read.error) }
    const { data } = read
    const url = fill(data.url)
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      // The URL as written: a variable in it may be a token.
      return { problem: `url ${JSON.stringify(data.url)} is not an http(s) URL` }
    }
    const transport = {
      kind: data.type === 'sse' ? ('sse' as const) : ('http' as const),
      url: new URL(url),
      headers: mapValues(data.headers, fill),
      headersHelper: data.headersHelper ?? null,
      oauth: Object.fromEntries(Object.entries(data.oauth ?? {}).filter(([, entry]) => entry !== undefined)),
    }
    return { transport, timeoutMs: entryTimeout(data.timeout) }
  }
  const read = stdio.safeParse(value)
  if (!read.success) return { problem: issueOf(read.error) }
  const { command, args, env: own, timeout } = read.data
  return {
    transport: { kind: 'stdio', command: fill(command), args: args.map(fill), env: mapValues(own, fill) },
    timeoutMs: entryTimeout(timeout),
  }
}

function isRemote(value: unknown): boolean {
  const type = (value as { type?: unknown }).type
  return type !== undefined && type !== 'stdio'
}

function issueOf(error: z.ZodError): string {
  const [issue] = error.issues
  const path = issue?.path.map(String).join('.') ?? ''
  return `${path === '' ? 'it' : path} is not valid: ${issue?.message ?? 'unknown'}`
}

function mapValues(values: Record<string, string>, map: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]))
}
