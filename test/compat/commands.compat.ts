import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OracleCase } from '../commands/oracle/case.js'
import { runClaude } from './run-claude.js'
import { sentBy } from './sent-texts.js'

const binary = process.env.COMPAT_CLAUDE ?? ''
const only = process.env.COMPAT_CASES?.split(',') ?? []
const folder = new URL('../commands/oracle/cases/', import.meta.url).pathname
const cases = readdirSync(folder)
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as OracleCase)
  .filter(({ id }) => only.length === 0 || only.some((start) => id.startsWith(start)))

describe('commands of Claude Code', () => {
  it.concurrent.each(cases.map((oracle) => [oracle.id, oracle] as const))('%s', async (_id, oracle) => {
    const run = await runClaude(binary, oracle)
    const { outcome, text } = oracle.expect
    const got = sentBy(run, run.fill(oracle.prompt))
    expect(got).toEqual(outcome === 'local' ? { outcome } : { outcome, text: text?.map(run.fill) })
  })
})
