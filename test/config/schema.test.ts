import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { OWN_FLAGS } from '../../src/codex/plus-flags.js'
import { settingsSchema } from '../../src/config/schema.js'

describe('schema.json', () => {
  const schema = JSON.parse(readFileSync(new URL('../../schema.json', import.meta.url), 'utf8'))

  it('is current: `npm run schema` writes it', () => {
    expect(schema).toEqual({ title: 'Settings of codex-plus', ...z.toJSONSchema(settingsSchema) })
  })

  it('knows every flag of ours, describes every key, and allows no other', () => {
    for (const { name } of OWN_FLAGS) {
      const key = name.replace(/^--plus-(no-)?/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
      expect(schema.properties[key]?.description, name).toBeTruthy()
    }
    expect(schema.additionalProperties).toBe(false)
    expect(schema.properties.$schema).toBeTruthy()
    expect(schema.required ?? []).toEqual([])
  })
})
