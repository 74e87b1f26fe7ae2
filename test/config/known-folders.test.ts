import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { knownFolders } from '../../src/config/known-folders.js'
import { trustFolder } from '../../src/config/trust.js'

let root: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-known-'))
  env = { HOME: root }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

it('every form of a project in codex’s config is found', () => {
  write(
    '.codex/config.toml',
    [
      'model = "gpt"',
      '[projects."/a/table"]\ntrust_level = "trusted"',
      "[projects.'/a/literal one']\ntrust_level = 'untrusted'",
      '[projects."/a/esc\\"aped \\u00e9"]\ntrust_level = "trusted"',
      '[other]\nprojects = { "/a/inline" = { trust_level = "trusted" }, \'/a/inline two\' = {} }',
      'projects."/a/dotted".trust_level = "trusted"',
      'notify = ["relative/path"]',
    ].join('\n'),
  )
  expect(knownFolders(env).sort()).toEqual(
    ['/a/dotted', '/a/esc"aped é', '/a/inline', '/a/inline two', '/a/literal one', '/a/table'].sort(),
  )
})

it('those of Claude Code and of codex-plus are, too, each once', () => {
  write('.claude.json', JSON.stringify({ projects: { '/b/one': {}, '/b/two "x"': { history: ['/not/a/project'] } } }))
  write('.codex/config.toml', '[projects."/b/one"]\n')
  trustFolder('/c/own', env)
  expect(knownFolders(env)).toEqual(['/b/one', '/b/two "x"', '/c/own'])
})

it('a file that is missing, broken or very large costs nothing', () => {
  expect(knownFolders(env)).toEqual([])
  write('.claude.json', `{"projects":{"/large":{}},"x":"${'y'.repeat(5_000_000)}"}`)
  write('.codex/config.toml', '[projects."/broken')
  expect(knownFolders(env)).toEqual([])
})
