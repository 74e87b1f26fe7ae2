import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isNativeCommand } from '../../src/codex/codex-commands.js'
import { createCommandEngine } from '../../src/commands/command-engine.js'
import type { CommandExtension } from '../../src/commands/command-extension.js'
import type { CommandRow } from '../../src/commands/list-commands.js'
import { type TypedNames, typedNames } from '../../src/commands/typed-names.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-typed-'))
  mkdirSync(join(root, '.git'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function names(files: string[], further: string[] = []): TypedNames {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), file.endsWith('SKILL.md') ? '---\nname: by-front-matter\n---\ntext' : 'text')
  }
  const row = { source: 'module', kind: 'module', path: null, description: '', argumentHint: null } as const
  const rows = further.map((name): CommandRow => ({ ...row, name, shadowed: false, invocable: true, problem: null }))
  const extension: CommandExtension = {
    rows: () => rows,
    mayHave: (name) => name.startsWith('mcp__late__'),
    extend: async (_, expansion) => expansion,
  }
  const env = { HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex') }
  const expander = createCommandEngine({
    cwd: root,
    env,
    dialect: 'auto',
    shellTimeoutMs: 1000,
    extensions: [extension],
  })
  return typedNames(expander, isNativeCommand)
}

describe('names that are typed in the TUI', () => {
  it('belong to codex-plus when a file, a skill or an extension has them', () => {
    const { owns } = names(
      ['.claude/commands/a/b.md', '.claude/skills/dir/SKILL.md', 'codex/prompts/old.md'],
      ['mcp__server__prompt'],
    )
    for (const text of [
      '/a:b',
      '/a:b x y',
      '/dir',
      '/by-front-matter',
      '/old',
      '/commands',
      '/mcp__server__prompt z',
      '/mcp__late__p',
    ]) {
      expect([text, owns(text)]).toEqual([text, true])
    }
    for (const text of ['/a', '/b', '/', '/ a:b', 'a:b', '/etc/hosts', '/A:B', '']) {
      expect([text, owns(text)]).toEqual([text, false])
    }
  })

  it('stay codex’s where codex has them, but for a file of the user’s', () => {
    const { owns, completion } = names(['.claude/commands/review.md'], ['status', 'review', 'statement'])
    expect(owns('/status')).toBe(false)
    expect(owns('/review now')).toBe(true)
    expect(owns('/model')).toBe(false)
    expect(completion('/stat')).toBe('ement ')
  })

  it('are completed as far as they agree', () => {
    const { completion } = names(['.claude/commands/zebra-one.md', '.claude/commands/zebra-two.md'])
    expect(completion('/ze')).toBe('bra-')
    expect(completion('/zebra-')).toBe('')
    expect(completion('/zebra-o')).toBe('ne ')
    expect(completion('/q')).toBeNull()
  })
})
