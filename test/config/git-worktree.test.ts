import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { mainWorktree } from '../../src/config/git-worktree.js'
import { folderTrust, isDistrusted, trustFolder, untrustFolder, watchTrust } from '../../src/config/trust.js'

let root: string
let main: string
let linked: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-worktree-')))
  main = join(root, 'main')
  linked = join(root, 'linked')
  env = { HOME: join(root, 'home'), XDG_STATE_HOME: join(root, 'state') }
  mkdirSync(join(root, 'home/.codex'), { recursive: true })
  execFileSync('git', ['init', '-q', main])
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-C', main, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      stdio: 'ignore',
    })
  git('commit', '--allow-empty', '-qm', 'x')
  git('worktree', 'add', '-q', linked)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('a linked worktree belongs to its repository, also by another path', () => {
  expect(mainWorktree(linked)).toBe(main)
  symlinkSync(linked, join(root, 'link'))
  expect(mainWorktree(join(root, 'link'))).toBe(main)
  for (const folder of [main, root, join(root, 'none')]) expect(mainWorktree(folder)).toBeNull()
})

it('a folder that only says so does not', () => {
  const liar = join(root, 'liar')
  cpSync(linked, liar, { recursive: true })
  expect(mainWorktree(liar)).toBeNull()
  mkdirSync(join(root, 'own/.git/worktrees/w'), { recursive: true })
  const texts = [`gitdir: ${main}/.git`, `gitdir: ${main}`, `gitdir: ${root}/own/.git/worktrees/w`, 'gitdir: ', 'x']
  for (const text of texts) {
    writeFileSync(join(liar, '.git'), text)
    expect(mainWorktree(liar)).toBeNull()
  }
})

it('has the trust of its repository, by codex’s list and by codex-plus’s', () => {
  expect(folderTrust(linked, linked, env).trusted).toBe(false)
  trustFolder(main, env)
  expect(folderTrust(join(linked, 'sub'), linked, env)).toEqual({ trusted: true, by: 'codex-plus' })
  untrustFolder(main, env)
  const config = join(root, 'home/.codex/config.toml')
  writeFileSync(config, `[projects."${main}"]\ntrust_level = "trusted"\n`)
  expect(folderTrust(linked, linked, env)).toEqual({ trusted: true, by: 'codex' })
  writeFileSync(
    config,
    `[projects."${main}"]\ntrust_level = "trusted"\n[projects."${linked}"]\ntrust_level = "untrusted"\n`,
  )
  expect(folderTrust(linked, linked, env).trusted).toBe(false)
  expect([isDistrusted(linked, linked, env), isDistrusted(main, main, env)]).toEqual([true, false])
})

it('trust that is given or taken meanwhile counts at once', () => {
  const trusted = watchTrust(main, main, env)
  expect(trusted()).toBe(false)
  trustFolder(main, env)
  expect([trusted(), trusted()]).toEqual([true, true])
  untrustFolder(main, env)
  expect(trusted()).toBe(false)
  writeFileSync(join(root, 'home/.codex/config.toml'), `[projects."${main}"]\ntrust_level = "trusted"\n`)
  expect(trusted()).toBe(true)
})
