import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderTrust, trustedFolders, trustFolder, untrustFolder } from '../../src/config/trust.js'

let root: string
let repo: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-trust-')))
  repo = join(root, 'repo')
  mkdirSync(join(repo, 'a/b'), { recursive: true })
  env = { HOME: join(root, 'home'), XDG_STATE_HOME: join(root, 'state') }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, content: unknown): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
}
const codex = (entries: Record<string, string>): string =>
  Object.entries(entries)
    .map(([path, level]) => `[projects.${JSON.stringify(path)}]\ntrust_level = "${level}"\n`)
    .join('')
const claude = (path: string, accepted: unknown = true): object => ({
  projects: { [path]: { hasTrustDialogAccepted: accepted } },
})

const NO = { trusted: false, by: null }
const CODEX = { trusted: true, by: 'codex' }
const CLAUDE = { trusted: true, by: 'claude' }
const OWN = { trusted: true, by: 'codex-plus' }
const ask = (path = repo, gitRoot: string | null = repo) => folderTrust(path, gitRoot, env)

it('nobody trusts a folder nobody has heard of', () => {
  expect(ask()).toEqual(NO)
  expect(ask(root, null)).toEqual(NO)
})

describe('codex’s user config', () => {
  it('counts for the folder and for the git root, not between or above', () => {
    write('home/.codex/config.toml', codex({ [repo]: 'trusted' }))
    expect([ask(), ask(join(repo, 'a/b'))]).toEqual([CODEX, CODEX])
    expect(ask(join(repo, 'a'), null)).toEqual(NO)
    write('home/.codex/config.toml', codex({ [join(repo, 'a')]: 'trusted' }))
    expect([ask(join(repo, 'a')), ask(join(repo, 'a/b')), ask()]).toEqual([CODEX, NO, NO])
    write('home/.codex/config.toml', codex({ [root]: 'trusted' }))
    expect(ask()).toEqual(NO)
  })

  it('the folder’s own entry comes before the git root’s', () => {
    write('home/.codex/config.toml', codex({ [repo]: 'trusted', [join(repo, 'a')]: 'untrusted' }))
    expect([ask(join(repo, 'a')), ask(join(repo, 'a/b'))]).toEqual([NO, CODEX])
  })

  it('stands in CODEX_HOME', () => {
    write('elsewhere/config.toml', codex({ [repo]: 'trusted' }))
    expect(ask()).toEqual(NO)
    env = { ...env, CODEX_HOME: join(root, 'elsewhere') }
    expect(ask()).toEqual(CODEX)
  })

  it.each([
    '[projects."REPO"]\ntrust_level = "untrusted"',
    '[projects."REPO"]\ntrust_level = true',
    'projects = "trust_level"',
    'trust_level = = "trusted"',
  ])('%s trusts nothing', (text) => {
    write('home/.codex/config.toml', text.replace('REPO', repo))
    expect(ask()).toEqual(NO)
  })

  it('a project’s own file has no say', () => {
    write('repo/.codex/config.toml', codex({ [repo]: 'trusted' }))
    write('repo/.claude/.claude.json', claude(repo))
    write('repo/.claude.json', claude(repo))
    expect(ask()).toEqual(NO)
  })
})

describe('Claude Code’s accepted dialogs', () => {
  it.each(['home/.claude.json', 'home/.claude/.claude.json'])('%s', (file) => {
    write(file, claude(join(repo, 'a')))
    expect([ask(join(repo, 'a')), ask(join(repo, 'a/b')), ask()]).toEqual([CLAUDE, CLAUDE, NO])
  })

  it('above the git root, or without one above the folder, they do not count', () => {
    write('home/.claude.json', claude(root))
    expect([ask(), ask(repo, null)]).toEqual([NO, NO])
  })

  it('stand in CLAUDE_CONFIG_DIR', () => {
    write('elsewhere/.claude.json', claude(repo))
    env = { ...env, CLAUDE_CONFIG_DIR: join(root, 'elsewhere') }
    expect(ask()).toEqual(CLAUDE)
  })

  it.each([false, 'true', 1, null])('accepted: %j does not count', (accepted) => {
    write('home/.claude.json', claude(repo, accepted))
    expect(ask()).toEqual(NO)
  })

  it.each(['', 'null', '[]', '{"projects": null}', '{"projects": []}', '{'])('a file of %j trusts nothing', (text) => {
    write('home/.claude.json', text)
    expect(ask()).toEqual(NO)
  })
})

describe('our own list', () => {
  const file = (): string => join(root, 'state/codex-plus/trusted.json')

  it('holds for what lies below, and can be taken back', () => {
    trustFolder(repo, env)
    trustFolder(`${repo}/`, env)
    expect([ask(), ask(join(repo, 'a/b')), ask(root, null)]).toEqual([OWN, OWN, NO])
    expect(trustedFolders(env)).toEqual([repo])
    expect(untrustFolder(repo, env)).toBe(true)
    expect(untrustFolder(repo, env)).toBe(false)
    expect(ask()).toEqual(NO)
  })

  it('is private, sorted, and leaves no part behind', () => {
    for (const path of ['/b', '/a', '/c']) trustFolder(path, env)
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ folders: ['/a', '/b', '/c'] })
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(file())).mode & 0o777).toBe(0o700)
    expect(readdirSync(dirname(file()))).toEqual(['trusted.json'])
  })

  it('comes after the others', () => {
    trustFolder(repo, env)
    write('home/.claude.json', claude(repo))
    expect(ask()).toEqual(CLAUDE)
    write('home/.codex/config.toml', codex({ [repo]: 'trusted' }))
    expect(ask()).toEqual(CODEX)
  })

  it.each(['', '{}', '[]', '{"folders": "x"}', '{"folders": [1]}', 'null'])(
    'broken as %j it trusts nothing and is not overwritten',
    (text) => {
      write('state/codex-plus/trusted.json', text)
      expect(ask()).toEqual(NO)
      expect(trustedFolders(env)).toEqual([])
      for (const change of [trustFolder, untrustFolder]) {
        expect(() => change(repo, env)).toThrow(expect.objectContaining({ code: 'CP_CONFIG_INVALID' }))
      }
      expect(readFileSync(file(), 'utf8')).toBe(text)
    },
  )
})
