import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandEngine, createCommandEngine } from '../../src/commands/command-engine.js'
import { CORPUS, type CorpusFile } from './corpus/files.js'

let root: string
let project: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-'))
  project = join(root, 'project')
  for (const { name, file, skill } of CORPUS) {
    const path = join(project, '.claude', skill ? `skills/${name}/SKILL.md` : `commands/${name}.md`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, file)
  }
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const engine = (dialect: 'auto' | 'claude'): CommandEngine =>
  createCommandEngine({ cwd: project, env: { HOME: join(root, 'home') }, dialect, shellTimeoutMs: 5000 })

async function sent(dialect: 'auto' | 'claude', { name }: CorpusFile): Promise<string> {
  const { outcome, text } = await engine(dialect).expand(`/${name} alpha beta`, { sessionId: 's', effort: null })
  expect(outcome).toBe('prompt')
  return text.join('\n')
}

function withFolder(text: string, { name, skill }: CorpusFile): string {
  return skill ? `Base directory for this skill: ${join(project, '.claude/skills', name)}\n\n${text}` : text
}

/** What Claude Code sends: every `$N` counts, from zero; one without a word stays as written. */
function byClaude({ body, file }: CorpusFile): string {
  const words: Readonly<Record<string, string>> = { $ARGUMENTS: 'alpha beta', $0: 'alpha', $1: 'beta' }
  const names = /arguments: \[from, to\]/.test(file) ? { $from: 'alpha', $to: 'beta' } : {}
  const values = { ...words, ...names } as Readonly<Record<string, string>>
  let used = false
  const text = body.replace(/\\?\$(?:ARGUMENTS|\d+(?!\w)|from\b|to\b)/g, (found) => {
    if (found.startsWith('\\')) return found.slice(1)
    used ||= values[found] !== undefined
    return values[found] ?? found
  })
  return used ? text : `${text}\n\nARGUMENTS: alpha beta`
}

describe('files in the shapes that real collections have', () => {
  it('are 60 or more, one of them of 100 KB', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(60)
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length)
    expect(Math.max(...CORPUS.map(({ file }) => file.length))).toBeGreaterThan(100_000)
  })

  it.each(CORPUS.map((file) => [file.name, file] as const))('auto: %s', async (_name, file) => {
    const escaped = file.body.replace(/\\(\$\d)/g, '$1')
    const wanted = file.auto === 'kept' ? `${escaped}\n\nARGUMENTS: alpha beta` : file.auto
    expect(await sent('auto', file)).toBe(withFolder(wanted, file))
  })

  it.each(CORPUS.map((file) => [file.name, file] as const))('claude: %s', async (_name, file) => {
    expect(await sent('claude', file)).toBe(withFolder(byClaude(file), file))
  })
})
