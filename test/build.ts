import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The end-to-end tests run the built program, so it is built from the sources under test first. */
export function setup(): void {
  // Set where somebody has just built it.
  if (process.env.CODEX_PLUS_TESTS_BUILT) return
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
  })
}
