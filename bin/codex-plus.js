#!/usr/bin/env node
import { existsSync, mkdirSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = new URL('../dist/bundle/main.js', import.meta.url)
if (existsSync(program)) {
  keepCompiled(process.env)
  const { main } = await import(program.href)
  await main(process.argv.slice(2))
} else {
  console.error(
    `codex-plus: ${fileURLToPath(program)} is missing: codex-plus is not built. Run \`npm run build\` in its folder.`,
  )
  process.exitCode = 1
}

/**
 * Lets Node (22.1 and later) keep the compiled program. Its default place is a folder of /tmp that others may write into; the
 * state folder belongs to the user, and the commands of the model cannot write into it.
 */
function keepCompiled({ XDG_STATE_HOME: state }) {
  if (!module.enableCompileCache) return
  try {
    const folder = join(
      state && isAbsolute(state) ? state : join(homedir(), '.local', 'state'),
      'codex-plus',
      'compiled',
    )
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    module.enableCompileCache(folder)
  } catch {
    // Without a folder to write into, the program is compiled at every start.
  }
}
