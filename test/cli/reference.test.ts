import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { OWN_FLAGS } from '../../src/codex/plus-flags.js'
import { settingsSchema } from '../../src/config/schema.js'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('docs/reference.md', () => {
  it('is what every subcommand says with --help: `npm run reference` writes it', () => {
    const script = fileURLToPath(new URL('../../scripts/reference.mjs', import.meta.url))
    const now = execFileSync(process.execPath, [script, '--print'], { encoding: 'utf8' })
    expect(read('docs/reference.md')).toBe(now)
  })
})

describe('docs/configuration.md', () => {
  const text = read('docs/configuration.md')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  const cells = (row: string): string[] => row.split('|').map((cell) => cell.trim())

  it('has a row for every setting, with its variable and flag, and for no other', () => {
    const settings = rows.filter((row) => /CODEX_PLUS_/.test(cells(row)[3] ?? ''))
    const keys = Object.keys(settingsSchema.shape).filter((key) => key !== '$schema')
    expect(settings.map((row) => cells(row)[1]?.replaceAll('`', '')).sort()).toEqual([...keys].sort())
    for (const row of settings) {
      const [, key = '', flag = '', variable = ''] = cells(row).map((cell) => cell.replaceAll('`', ''))
      const words = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      expect(variable).toBe(`CODEX_PLUS_${words.replaceAll('-', '_').toUpperCase()}`)
      const flags = OWN_FLAGS.map(({ name }) => name).filter((name) => name.replace(/^--plus-(no-)?/, '') === words)
      expect(flag, key).toBe(flags.join(' ') || '-')
    }
  })

  it('says which settings a project may have', () => {
    for (const [key, field] of Object.entries(settingsSchema.shape)) {
      if (key === '$schema') continue
      const row = rows.find((candidate) => cells(candidate)[1] === `\`${key}\``) ?? ''
      const may = !field.description?.includes('Not in a project file')
      // The schema's words and the code that ignores them are compared in settings.test.ts.
      expect(cells(row)[5], key).toMatch(may ? /^(yes|narrows)$/ : /^no$/)
    }
  })
})

describe('links between the pages', () => {
  it('lead somewhere', () => {
    for (const page of readdirSync(new URL('../../docs', import.meta.url))) {
      if (!page.endsWith('.md')) continue
      for (const [, target = ''] of read(`docs/${page}`).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(new URL(`../../docs/${target}`, import.meta.url)), `${page}: ${target}`).toBe(true)
      }
    }
  })
})
