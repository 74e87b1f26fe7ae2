import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/log/log.js'
import type { SessionRow } from '../../../src/session/find-sessions.js'
import { openStore } from '../../../src/session/session-store.js'
import { printable } from '../../../src/terminal/printable.js'
import { createPaint, shorten } from '../../../src/view/paint.js'

const PROGRAM = fileURLToPath(new URL('../../../bin/codex-plus.js', import.meta.url))
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-cli-'))
  const folder = join(root, '.local/state/codex-plus/sessions')
  const store = openStore({ folder, fileLimit: 1e9, log: silentLog })
  const base = {
    kind: 'user',
    parent: null,
    forkedFrom: null,
    agent: null,
    model: 'm',
    effort: null,
    version: '1',
  } as const
  for (const [thread, project, typed] of [
    ['0000-aaaa1111', '/projects/one', `a long prompt ${'with many words '.repeat(20)}`],
    ['0000-bbbb2222', '/projects/two', 'evil \u001b]0;title\u0007\u001b[2J日本語 prompt'],
  ] as const) {
    store.append(thread, { type: 'run', thread, project, ...base })
    store.append(thread, { type: 'prompt', turn: 't', message: 'm', typed, sent: 'SENT', images: 1, local: false })
    store.append(thread, {
      type: 'answer',
      turn: 't',
      text: 'fine\u001b[31m',
      phase: null,
      local: false,
      partial: false,
    })
  }
  store.close()
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function run(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env.PATH, HOME: root }
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  return { code: status, stdout, stderr }
}

describe('codex-plus sessions', () => {
  it('list fits 80 columns, and no recorded text acts on the terminal', () => {
    const { code, stdout } = run('sessions', 'list')
    expect(code).toBe(0)
    const rows = stdout.trimEnd().split('\n')
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(80)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toMatch(/aaaa1111 .* one +a long prompt with many .*…/)
    expect(stdout).toMatch(/bbbb2222 .* two +evil \\x1b]0;title\\x07/)
  })

  it('list finds by text and project, and as JSON', () => {
    const list = (...args: string[]): string[] =>
      (JSON.parse(run('sessions', 'list', '--json', ...args).stdout) as SessionRow[]).map(({ thread }) => thread)
    expect(list('MANY', 'words')).toEqual(['0000-aaaa1111'])
    expect(list('--project', '/projects/two')).toEqual(['0000-bbbb2222'])
    expect(list('--since', '1h')).toHaveLength(2)
    expect(list('--until', '2020-01-01')).toEqual([])
    expect(run('sessions', 'list', 'nothing like it').stdout).toBe('No session was found.\n')
  })

  it('show tells what was typed and what was sent', () => {
    const { stdout } = run('sessions', 'show', 'bbbb')
    expect(stdout).toContain('> evil \\x1b]0;title\\x07\\x1b[2J日本語 prompt')
    expect(stdout).toMatch(/was sent as\n {2}SENT/)
    expect(stdout).not.toContain('\u001b')
    expect(JSON.parse(run('sessions', 'show', 'bbbb', '--json').stdout)).toMatchObject({ thread: '0000-bbbb2222' })
  })

  it('export writes a file of the format that its name says, and overwrites none unasked', () => {
    expect(run('sessions', 'export', 'aaaa', '-o', 'out.html')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(join(root, 'out.html'), 'utf8')).toMatch(/^<!doctype html>/)
    writeFileSync(join(root, 'mine.md'), 'mine')
    const refused = run('sessions', 'export', 'aaaa', '-o', 'mine.md')
    expect(refused.stderr).toBe(
      `codex-plus: ${join(root, 'mine.md')} cannot be written (EEXIST). Give --force to overwrite it. [CP_SESSION_EXPORT]\n`,
    )
    expect(run('sessions', 'export', 'aaaa', '--format', 'md').stdout).toMatch(
      /^---\ntitle: a long prompt[^\n]*\n[\s\S]*\n---\n\n# a long prompt/,
    )
    expect(run('sessions', 'export', 'aaaa', '--format', 'json', '-o', 'mine.md', '--force').code).toBe(0)
    expect(JSON.parse(readFileSync(join(root, 'mine.md'), 'utf8'))).toMatchObject({ project: '/projects/one' })
  })

  it('prune removes what is named, and tells before', () => {
    expect(run('sessions', 'prune').stdout).toBe('0 threads (0 B) removed.\n')
    expect(run('sessions', 'prune', 'aaaa', '--dry-run').stdout).toMatch(/^1 thread \(.* B\) would be removed\./)
    expect(run('sessions', 'prune', 'aaaa').stdout).toMatch(/^1 thread .* removed\./)
    expect(existsSync(join(root, '.local/state/codex-plus/sessions/0000-aaaa1111.jsonl'))).toBe(false)
    expect(run('sessions', 'show', 'aaaa')).toMatchObject({ code: 1, stdout: '' })
  })

  it.each([
    [['list', '--since', 'yesterday'], "sessions: --since: 'yesterday' is not a time."],
    [['list', '--limit', 'x'], "sessions: --limit: 'x' is not a number."],
    [['export', 'aaaa', '--format', 'pdf'], "sessions: there is no format 'pdf'."],
    [['export'], "missing required argument 'id'"],
  ])('%j is answered in one sentence', (args, sentence) => {
    const { code, stderr } = run('sessions', ...args)
    expect(code).toBe(64)
    expect(stderr).toContain(sentence)
    expect(stderr.split('\n')).toHaveLength(2)
  })
})

describe('colours', () => {
  it('are for terminals that want them', () => {
    const bold = (tty: boolean, env: NodeJS.ProcessEnv): string => createPaint({ isTTY: tty }, env).bold('x')
    expect(bold(true, {})).toBe('\u001b[1mx\u001b[22m')
    for (const [tty, env] of [
      [false, {}],
      [true, { NO_COLOR: '1' }],
      [true, { TERM: 'dumb' }],
    ] as const)
      expect(bold(tty, env)).toBe('x')
  })

  it('recorded control characters are shown', () => {
    expect(printable('a\u001b[31m\u009b2J\u0000\tb\r\nc\rd')).toBe('a\\x1b[31m\\x9b2J\\x00\tb\nc\\x0dd')
  })

  it('wide characters count twice', () => {
    expect(shorten('日本語', 6)).toBe('日本語')
    expect(shorten('日本語', 5)).toBe('日本…')
    expect(shorten('日本語', 4)).toBe('日…')
    expect(shorten('abc', 2)).toBe('a…')
  })
})
