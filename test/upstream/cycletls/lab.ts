import { execFileSync } from 'node:child_process'
import type { Readable } from 'node:stream'
import { silentLog } from '../../../src/log/log.js'
import type { HeaderList } from '../../../src/request/header-list.js'
import { type CycletlsOptions, createCycletlsUpstream } from '../../../src/upstream/cycletls/cycletls-upstream.js'
import type { Upstream, UpstreamRequest } from '../../../src/upstream/upstream.js'
import { CA_FILE } from '../../fixtures/tls/upstream.js'

/** Stands in for the native upstream: says that it was asked. */
export function fallbackUpstream(asked: UpstreamRequest[] = []): Upstream {
  return {
    name: 'native',
    send: async (request) => {
      asked.push(request)
      throw new Error('the fallback was asked')
    },
    close: async () => {},
  }
}

/** The cycletls upstream, trusting the fixtures' authority. */
export function labUpstream(options: Partial<CycletlsOptions> = {}): Upstream {
  return createCycletlsUpstream({
    profile: 'codex',
    env: { PATH: process.env.PATH, CODEX_CA_CERTIFICATE: CA_FILE },
    log: silentLog,
    fallback: fallbackUpstream(),
    onNotice: (line) => {
      throw new Error(line)
    },
    ...options,
  })
}

/** A request as codex sends it. */
export function labRequest(url: URL, parts: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: 'POST',
    url,
    headers: HEADERS,
    body: Buffer.from('{"input":[]}'),
    signal: new AbortController().signal,
    ...parts,
  }
}

const HEADERS: HeaderList = [
  ['version', '0.169.0'],
  ['session-id', 'abc'],
  ['accept', 'text/event-stream'],
  ['content-type', 'application/json'],
  ['authorization', 'Bearer dummy'],
  ['originator', 'codex_exec'],
  ['user-agent', 'codex_exec/0.169.0'],
]

/** All bytes of a body; rejects as the body does. */
export async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The error a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return await promise.then(
    () => {
      throw new Error('it did not reject')
    },
    (error) => error,
  )
}

/** Waits, 5 s at most, until `check` holds. */
export async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (check()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`still not true: ${check}`)
}

/** The helpers (and their guards) among a process's descendants: pid and command. */
export function helpersBelow(parent: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
  return rows
    .filter((row) => Number(row?.[2]) === parent && /cycletls.dist|codex-plus-helper/.test(row?.[3] ?? ''))
    .map((row) => Number(row?.[1]))
}

/** Whether a process (not a zombie) is there. */
export function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}
