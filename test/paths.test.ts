import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  claudeHome,
  codexHome,
  foldersUpTo,
  gitRoot,
  homeFolder,
  isWithin,
  makePrivateFolder,
  replacePrivateFile,
  statsOf,
  xdgFolder,
} from '../src/paths.js'

describe('folders of the environment', () => {
  it.each<[name: string, actual: string, wanted: string]>([
    ['home', homeFolder({ HOME: '/h' }), '/h'],
    ['home without HOME', homeFolder({}), homedir()],
    ['codex', codexHome({ HOME: '/h' }), '/h/.codex'],
    ['codex by CODEX_HOME', codexHome({ HOME: '/h', CODEX_HOME: '/c' }), '/c'],
    ['Claude Code', claudeHome({ HOME: '/h' }), '/h/.claude'],
    ['Claude Code by CLAUDE_CONFIG_DIR', claudeHome({ HOME: '/h', CLAUDE_CONFIG_DIR: '/c' }), '/c'],
    ['config', xdgFolder('config', { HOME: '/h' }), '/h/.config/codex-plus'],
    ['state', xdgFolder('state', { HOME: '/h' }), '/h/.local/state/codex-plus'],
    ['cache', xdgFolder('cache', { HOME: '/h' }), '/h/.cache/codex-plus'],
    ['config by XDG', xdgFolder('config', { HOME: '/h', XDG_CONFIG_HOME: '/x' }), '/x/codex-plus'],
    ['state by XDG', xdgFolder('state', { HOME: '/h', XDG_STATE_HOME: '/x' }), '/x/codex-plus'],
    ['cache by XDG', xdgFolder('cache', { HOME: '/h', XDG_CACHE_HOME: '/x' }), '/x/codex-plus'],
    ['a relative XDG value', xdgFolder('state', { HOME: '/h', XDG_STATE_HOME: 'x' }), '/h/.local/state/codex-plus'],
    ['an empty XDG value', xdgFolder('state', { HOME: '/h', XDG_STATE_HOME: '' }), '/h/.local/state/codex-plus'],
  ])('%s', (_name, actual, wanted) => {
    expect(actual).toBe(wanted)
  })
})

describe('folders of a project', () => {
  it('up to a folder, nearest first', () => {
    expect(foldersUpTo('/a/b/c', '/a')).toEqual(['/a/b/c', '/a/b', '/a'])
    expect(foldersUpTo('/a', '/a')).toEqual(['/a'])
    expect(foldersUpTo('/a/b', null)).toEqual(['/a/b', '/a', '/'])
  })

  it('the git root is the nearest with a .git, be it a folder or a worktree’s file', () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-paths-')))
    try {
      mkdirSync(join(root, 'repo/.git'), { recursive: true })
      mkdirSync(join(root, 'repo/a/worktree/b'), { recursive: true })
      writeFileSync(join(root, 'repo/a/worktree/.git'), 'gitdir: elsewhere')
      expect(gitRoot(join(root, 'repo/a'))).toBe(join(root, 'repo'))
      expect(gitRoot(join(root, 'repo/a/worktree/b'))).toBe(join(root, 'repo/a/worktree'))
      expect(gitRoot(join(root, 'none'))).toBe(gitRoot(root))
      const made = makePrivateFolder(join(root, 'x/y'))
      expect(statSync(made).mode & 0o777).toBe(0o700)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })

  it.each<[path: string, folder: string, within: boolean]>([
    ['/a/b', '/a', true],
    ['/a', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/a/b', false],
    ['/a', '/', true],
  ])('%s within %s', (path, folder, within) => {
    expect(isWithin(path, folder)).toBe(within)
  })
})

describe('the stats of a path', () => {
  it.each(['/nowhere/at/all', '/dev/null/below', 'a\0b'])('%j: none, and nothing thrown', (path) => {
    expect(statsOf(path)).toBeUndefined()
  })

  it('are those of what a link leads to', () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-stats-')))
    try {
      symlinkSync('.', join(root, 'link'))
      symlinkSync('itself', join(root, 'itself'))
      expect(statsOf(join(root, 'link'))?.isDirectory()).toBe(true)
      expect(statsOf(join(root, 'itself'))).toBeUndefined()
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})

describe('a private file', () => {
  it('is replaced whole, for the user alone, and leaves nothing beside it', () => {
    const root = mkdtempSync(join(tmpdir(), 'codex-plus-private-'))
    try {
      const file = join(root, 'state', 'list.json')
      replacePrivateFile(file, 'a longer text')
      replacePrivateFile(file, 'new')
      expect(readFileSync(file, 'utf8')).toBe('new')
      expect([statSync(file).mode & 0o777, statSync(join(root, 'state')).mode & 0o777]).toEqual([0o600, 0o700])
      expect(readdirSync(join(root, 'state'))).toEqual(['list.json'])
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
