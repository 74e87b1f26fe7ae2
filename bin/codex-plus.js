#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const program = new URL('../dist/bundle/main.js', import.meta.url)
if (existsSync(program)) {
  const { main } = await import(program.href)
  await main(process.argv.slice(2))
} else {
  console.error(
    `codex-plus: ${fileURLToPath(program)} is missing: codex-plus is not built. Run \`npm run build\` in its folder.`,
  )
  process.exitCode = 1
}
