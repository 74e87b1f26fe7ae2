// Shows codex-plus at work without any setup: the real codex runs through the proxy on the embedded echo upstream.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../bin/codex-plus.js', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'codex-plus-demo-'))
const [project, codexHome] = [join(root, 'project'), join(root, 'codex-home')]
for (const folder of [project, codexHome]) mkdirSync(folder)

const prompt = process.argv.slice(2).join(' ') || 'Say hello to codex-plus'
const args = ['--plus-upstream', 'echo', 'exec', '--skip-git-repo-check', prompt]
console.log(`$ codex-plus ${args.map((arg) => (/\s/.test(arg) ? JSON.stringify(arg) : arg)).join(' ')}`)

const result = spawnSync(process.execPath, [program, ...args], {
  cwd: project,
  // An empty CODEX_HOME, so that the demo neither needs nor touches your login and history.
  env: { ...process.env, CODEX_HOME: codexHome },
  stdio: ['ignore', 'pipe', 'inherit'],
  encoding: 'utf8',
  timeout: 120_000,
})
rmSync(root, { recursive: true, force: true })
process.stdout.write(result.stdout ?? '')
if (result.error) throw result.error
if (result.status !== 0 || result.stdout.trim() !== prompt) {
  console.error(`demo: expected the prompt back and exit code 0, got exit code ${result.status}`)
  process.exit(1)
}
console.log('demo: codex sent this prompt through the proxy, and the echo upstream answered with it.')
