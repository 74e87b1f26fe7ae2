import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { settingsTemplate } from '../../../src/cli/subcommands/init.js'
import { readJsonc } from '../../../src/config/json-text.js'
import { settingsSchema } from '../../../src/config/schema.js'
import { CODEX_PLUS, type Lab, makeLab } from '../../codex/lab.js'

let lab: Lab
beforeEach(() => {
  lab = makeLab('none')
})
afterEach(() => lab.remove())

describe('plus init', () => {
  it('writes a settings file and a command, which work, and overwrites nothing', async () => {
    const first = await lab.run(CODEX_PLUS, ['plus', 'init'])
    const file = join(lab.home, '.config/codex-plus/settings.json')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain(`${file} written.\n.claude/commands/example.md written.\n`)
    expect(statSync(join(lab.home, '.config/codex-plus')).mode & 0o777).toBe(0o700)

    const shown = await lab.run(CODEX_PLUS, ['commands', 'expand', '--', '/example the tests'])
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(/^Explain the tests to a developer[\s\S]*\(no history yet\)/)

    writeFileSync(file, '{ "dialect": "claude", /* mine */ }')
    const second = await lab.run(CODEX_PLUS, ['plus', 'init'])
    expect(second.stdout).toContain(`${file} exists already; it was not changed.\n.claude/commands/example.md exists`)
    expect(readFileSync(file, 'utf8')).toBe('{ "dialect": "claude", /* mine */ }')
    const list = await lab.run(CODEX_PLUS, ['commands', 'list', '--names'])
    expect(list).toMatchObject({ code: 0, stdout: 'example\n', stderr: '' })
  })

  it('its settings file names every setting, and each example is valid', () => {
    const template = settingsTemplate()
    const all = template.replace(/^ {2}\/\/ ("\w+": )/gm, '  $1')
    const { value: values } = readJsonc(all) as { value: Record<string, unknown> }
    expect(Object.keys(values).sort()).toEqual(Object.keys(settingsSchema.shape).sort())
    expect(settingsSchema.parse(values)).toEqual(values)
    expect(readJsonc(template)).toEqual({ value: { $schema: expect.stringMatching(/^file:.*schema\.json$/) } })
    expect(existsSync(new URL(values.$schema as string))).toBe(true)
  })
})
