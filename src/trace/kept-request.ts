import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodexPlusError } from '../errors.js'
import { ageReference } from '../log/prune-old-files.js'
import { redact } from '../log/redact.js'
import { loadSecretRules } from '../log/secret-rules.js'
import { makePrivateFolder, statsOf } from '../paths.js'
import type { ProxyRequest } from '../proxy/exchange.js'
import type { HeaderList } from '../request/header-list.js'
import { endToEnd } from '../request/header-list.js'

/** A request as it was sent, without its credentials, so that it can be sent again with new ones. */
export interface KeptRequest {
  readonly id: string
  /** ISO time. */
  readonly at: string
  readonly method: string
  readonly path: string
  readonly headers: HeaderList
  readonly body: unknown
}

/** Limits of what is kept: number of requests, total bytes, and age in ms. */
const LIMITS = { count: 200, bytes: 256e6, age: 7 * 24 * 60 * 60 * 1000 }

/** Headers that carry credentials or belong to the connection only. */
const LEFT_OUT = ['authorization', 'cookie', 'x-codex-turn-state', 'content-encoding', 'content-length', 'host']

/**
 * Saves a request (0600) with redacted texts and without `secrets`, and removes the oldest beyond the limits; false for a body that is not
 * JSON.
 */
export async function keepRequest(
  folder: string,
  id: string,
  request: ProxyRequest,
  secrets: readonly string[] = [],
): Promise<boolean> {
  await loadSecretRules()
  let body: unknown
  try {
    body = redactTexts(JSON.parse((await request.body.text()).toString('utf8')))
  } catch {
    return false
  }
  const { method, path } = request
  const headers = endToEnd(request.headers, LEFT_OUT)
    .filter(([name]) => !/token|secret|key$/i.test(name))
    .map(([name, value]) => [name, redact(value)] as const)
  const kept: KeptRequest = { id, at: new Date().toISOString(), method, path, headers, body }
  makePrivateFolder(folder)
  const text = secrets.reduce((left, secret) => left.replaceAll(escaped(secret), '[redacted]'), JSON.stringify(kept))
  writeFileSync(join(folder, `${id}.json`), text, { mode: 0o600 })
  dropOld(folder)
  return true
}

/** A text as it stands in JSON. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Reads a kept request. Throws CP_TRACE_NOT_FOUND. */
export function readKept(folder: string, id: string): KeptRequest {
  try {
    if (/^[\w-]+$/.test(id)) return JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as KeptRequest
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw new CodexPlusError('CP_TRACE_NOT_FOUND', `request ${id} cannot be read: ${String(error)}.`, {
        cause: error,
      })
    }
  }
  throw new CodexPlusError('CP_TRACE_NOT_FOUND', `request ${id} was not kept.`, {
    hint: 'Requests are kept only while codex-plus runs with --plus-trace; `codex-plus plus trace` lists them.',
  })
}

/** Redacts every string at any depth; the structure is kept, so that the request stays valid. */
function redactTexts(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map(redactTexts)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, redactTexts(member)]))
}

function dropOld(folder: string): void {
  const files = readdirSync(folder)
    .flatMap((name) => {
      const path = join(folder, name)
      const stats = statsOf(path)
      return stats ? [{ path, size: stats.size, changed: stats.mtimeMs }] : []
    })
    .sort((a, b) => b.changed - a.changed)
  const reference = ageReference(
    files.map(({ changed }) => changed),
    Date.now(),
  )
  let bytes = 0
  for (const [index, { path, size, changed }] of files.entries()) {
    bytes += size
    const over =
      index >= LIMITS.count || bytes > LIMITS.bytes || (reference !== null && reference - changed > LIMITS.age)
    if (over) rmSync(path, { force: true })
  }
}
