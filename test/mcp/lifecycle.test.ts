import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Log, LogFields } from '../../src/log/log.js'
import type { Pool } from '../../src/mcp/server-pool.js'
import { scaled } from '../time.js'
import { FIXTURE, fixture, isAlive, makePlace, type Place, poolOf, textOf, until } from './place.js'

let place: Place
let pool: Pool
let lines: Array<{ event: string; fields: LogFields | undefined }>
const keep = (event: string, fields?: LogFields): void => void lines.push({ event, fields })
const log: Log = { error: keep, warn: keep, info: keep, debug: keep, close() {} }

beforeEach(() => {
  place = makePlace()
  lines = []
})
afterEach(async () => {
  await pool.close()
  place.remove()
})

function open(...args: string[]): void {
  pool = poolOf(place, { srv: fixture(...args) }, { log })
}
const state = (): object => pool.member('srv').connection.state()

describe('a server that misbehaves', () => {
  it('is heard through the rubbish it prints', async () => {
    open('--rubbish')
    expect(await textOf(pool, 'echo', { text: 'hi' })).toBe('echo:hi')
    expect(lines.some(({ event }) => event === 'mcp.rubbish')).toBe(true)
  })

  it('may flood: its answer comes, and its stderr fills no log', async () => {
    open()
    expect(await textOf(pool, 'flood', { count: 20_000 })).toBe('20000 sent')
    const written = lines
      .filter(({ event }) => event === 'mcp.stderr')
      .map(({ fields }) => String(fields?.words).length)
    expect(written.reduce((sum, length) => sum + length, 0)).toBeLessThan(300 * 1024)
  })

  it('may answer with more than anybody reads: it is kept in a file, whole', async () => {
    open()
    const text = await textOf(pool, 'big', { bytes: 3_000_000 })
    const [, size, file] = /result \((.*)\) exceeds .* saved to (.*)\.\n/.exec(text) ?? []
    expect(size).toBe('3,000,000 characters across 1 line')
    expect(readFileSync(file ?? '', 'utf8')).toHaveLength(3_000_000)
  })

  it('that dies during a call is named in the answer, and is there again for the next', async () => {
    open()
    const first = await textOf(pool, 'pid')
    const result = await pool.member('srv').callTool({ name: 'die', arguments: {} })
    expect(result).toMatchObject({ isError: true })
    expect(JSON.stringify(result.content)).toContain("MCP server 'srv' ended before it answered (signal SIGKILL)")
    const second = await textOf(pool, 'pid')
    expect(second).not.toBe(first)
    expect(state()).toMatchObject({ phase: 'ready', restarts: 1 })
  })

  it('that ends while idle is restarted automatically', async () => {
    open()
    const pid = Number(await textOf(pool, 'pid'))
    process.kill(pid, 'SIGKILL')
    await until(() => (state() as { restarts: number; phase: string }).restarts === 1)
    expect(Number(await textOf(pool, 'pid'))).not.toBe(pid)
  })

  it('that starts late is waited for, and delays no other', async () => {
    pool = poolOf(place, { srv: fixture(), late: fixture('--delay', String(scaled(4000))) })
    const begun = performance.now()
    const late = pool.member('late').callTool({ name: 'echo', arguments: { text: 'late' } })
    expect(await textOf(pool, 'echo', { text: 'now' })).toBe('echo:now')
    expect(performance.now() - begun).toBeLessThan(scaled(3800))
    expect(JSON.stringify(await late)).toContain('echo:late')
  })

  it('that never starts is given up after MCP_TIMEOUT, and its program is ended', async () => {
    pool = poolOf(place, { srv: fixture('--delay', '60000') }, { env: { MCP_TIMEOUT: '300' }, log })
    await expect(pool.member('srv').connection.ready()).rejects.toThrow(
      "MCP server 'srv' did not start: no answer within 0.3 s (MCP_TIMEOUT).",
    )
    await until(() => lines.some(({ event }) => event === 'mcp.ended'))
  })

  it.each([
    [{ command: 'no-such-program' }, /there is no program 'no-such-program'/],
    [{ command: 'node x.js' }, /A command takes its arguments in "args"|there is no program 'node x.js'/],
    [{ command: 'node', args: ['-e', 'console.error("it is broken"); process.exit(3)'] }, /exit code 3: it is broken/],
  ])('%o says why it did not start', async (entry, words) => {
    pool = poolOf(place, { srv: entry })
    await expect(pool.member('srv').connection.ready()).rejects.toThrow(words)
  })

  it('gets an error when a call takes longer than its timeout, in whole seconds', async () => {
    pool = poolOf(place, { srv: { ...fixture(), timeout: 1500 } })
    expect(await textOf(pool, 'slow', { ms: 8000 })).toBe('MCP server "srv" tool "slow" timed out after 1s')
  })
})

describe('the end of a server', () => {
  it('is the end of its whole process tree, however stubborn', async () => {
    open('--stubborn')
    const child = Number(await textOf(pool, 'child'))
    const pid = Number(await textOf(pool, 'pid'))
    expect([isAlive(pid), isAlive(child)]).toEqual([true, true])
    await pool.close()
    await until(() => !isAlive(pid) && !isAlive(child))
  })

  it('takes with it what it left behind', async () => {
    open()
    const child = Number(await textOf(pool, 'child'))
    process.kill(Number(await textOf(pool, 'pid')), 'SIGKILL')
    await until(() => !isAlive(child))
  })

  it('comes with our own, by whatever signal', async () => {
    pool = poolOf(place, {})
    const guard = new URL('../../dist/process/guarded-process.js', import.meta.url).href
    const source = `
      const { spawnGuarded } = await import(${JSON.stringify(guard)})
      const child = spawnGuarded(process.execPath, [${JSON.stringify(FIXTURE)}, '--stubborn'], { env: process.env, pipeStdio: true })
      console.log(child.pid)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((resolve) => owner.stdout.once('data', (bytes) => resolve(Number(bytes))))
    await until(() => isAlive(pid))
    owner.kill('SIGKILL')
    await until(() => !isAlive(pid))
  })
})
