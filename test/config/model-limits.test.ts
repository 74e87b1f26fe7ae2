import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CodexModel } from '../../src/codex/model-list.js'
import { chooseModel } from '../../src/commands/model-choice.js'
import type { Command } from '../../src/commands/read-command.js'
import { type ModelLimits, readModelLimits } from '../../src/config/model-limits.js'
import type { Turn } from '../../src/prompt/turn.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'limits-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function limits(own: object, project: object): ModelLimits {
  for (const [place, values] of [
    ['home', own],
    ['project', project],
  ] as const) {
    mkdirSync(join(root, place, '.claude'), { recursive: true })
    writeFileSync(join(root, place, '.claude/settings.json'), JSON.stringify(values))
  }
  return readModelLimits({ cwd: join(root, 'project'), env: { HOME: join(root, 'home') } })
}

describe('what the settings forbid about the model', () => {
  it('is joined over all files: the lowest level counts, and every denied model', () => {
    const read = limits(
      { maxEffortLevel: 'medium', deniedModels: ['gpt-a*'] },
      { maxEffortLevel: 'high', deniedModels: ['gpt-b'] },
    )
    expect(read).toEqual({ maxEffort: 'medium', deniedModels: ['gpt-a*', 'gpt-b'] })
    expect(limits({}, {})).toEqual({ maxEffort: null, deniedModels: [] })
  })

  it.each([
    ['gpt-a1', 'low', { model: null, effort: 'low' }, /deniedModels of the settings names it/],
    ['gpt-c', 'high', { model: 'gpt-c', effort: null }, /maxEffortLevel of the settings is medium/],
    ['gpt-c', 'medium', { model: 'gpt-c', effort: 'medium' }, null],
  ])('holds for the front matter of a command: %s, %s', async (model, effort, chosen, notice) => {
    const models = ['gpt', 'gpt-a1', 'gpt-c'].map(
      (slug) => ({ slug, shape: 'one', efforts: ['low', 'medium', 'high'] }) as unknown as CodexModel,
    )
    const command = { path: 'c.md', frontMatter: { model, effort } } as unknown as Command
    const said: string[] = []
    const read = limits({ maxEffortLevel: 'medium', deniedModels: ['gpt-a*'] }, {})
    const turn = { model: 'gpt' } as Turn
    expect(
      await chooseModel(
        command,
        turn,
        (line) => said.push(line),
        async () => models,
        read,
      ),
    ).toEqual(chosen)
    expect(said.join()).toMatch(notice ?? /^$/)
  })
})
