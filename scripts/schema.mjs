/** Writes schema.json, the JSON Schema of a settings file, from the built program; `--print` writes it to stdout. */
import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { settingsSchema } from '../dist/config/schema.js'

const schema = { title: 'Settings of codex-plus', ...z.toJSONSchema(settingsSchema) }
const text = `${JSON.stringify(schema, null, 2)}\n`
if (process.argv.includes('--print')) process.stdout.write(text)
else writeFileSync(new URL('../schema.json', import.meta.url), text)
