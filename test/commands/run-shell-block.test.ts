import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runShell, type ShellResult } from '../../src/commands/run-shell-block.js'
import { scaled } from '../time.js'

let root: string
let cwd: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'shell-')))
  cwd = join(root, 'project')
  mkdirSync(join(cwd, 'sub'), { recursive: true })
  mkdirSync(join(root, 'added'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function run(
  command: string,
  more: { cwd?: string; timeoutMs?: number; outputLimit?: number } = {},
): Promise<ShellResult> {
  const directories = [more.cwd ?? cwd, join(root, 'added')]
  const places = { cwd, directories, home: root, outputFolder: join(root, 'out') }
  return runShell(command, { env: { PATH: process.env.PATH }, timeoutMs: 20_000, ...places, ...more })
}

describe('a shell block that leaves the folders of the session', () => {
  it.each([
    ['cd /; pwd', '/\nShell cwd was reset to PROJECT'],
    ['cd ..', 'Shell cwd was reset to PROJECT'],
    ['cd / && grep x /dev/null || true', 'Shell cwd was reset to PROJECT'],
    ['cd ../project-not', 'FAILED'],
    ['cd sub && basename "$PWD"', 'sub'],
    ['cd ../added && basename "$PWD"', 'added'],
    ['(cd /)', '(Bash completed with no output)'],
    ['cd /; exit 0', '(Bash completed with no output)'],
    ['mkdir gone && cd gone && rmdir ../gone', '(Bash completed with no output)'],
    ['(pwd -P >&3) 2>/dev/null || echo none', 'none'],
  ])('%s', async (command, expected) => {
    const result = await run(command)
    expect('failure' in result ? 'FAILED' : result.output.replaceAll(cwd, 'PROJECT')).toBe(expected)
  })

  it('stays inside where the folder was reached by a link', async () => {
    symlinkSync(cwd, join(root, 'link'))
    expect(await run('cd sub', { cwd: join(root, 'link') })).toEqual({ output: '(Bash completed with no output)' })
  })
})

describe('a shell block that leaves something running', () => {
  it('is done when its shell is', async () => {
    const begun = performance.now()
    expect(await run('sleep 15 & echo started')).toEqual({ output: 'started' })
    expect(performance.now() - begun).toBeLessThan(scaled(12_000))
  })

  it('has all that came before its end', async () => {
    const result = await run('sleep 15 & seq 1 4000')
    expect(result.output.split('\n')).toHaveLength(4000)
  })
})

describe('the output of a shell block', () => {
  it.each([
    [undefined, 20_000, false],
    [undefined, 31_000, true],
    [4000, 4001, true],
    [128_000, 31_000, false],
  ])('is stored in a file where it is longer than the limit %s: %s characters', async (outputLimit, length, stored) => {
    const result = await run(`printf '%*s' ${length} x`, outputLimit === undefined ? {} : { outputLimit })
    expect(result.output.startsWith('<persisted-output>')).toBe(stored)
  })
})
