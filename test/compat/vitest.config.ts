import { defineConfig } from 'vitest/config'

/** The compat suite: real programs, some at once, and no build of codex-plus. */
export default defineConfig({
  test: { include: ['test/compat/**/*.compat.ts'], testTimeout: 120_000, maxConcurrency: 2, fileParallelism: false },
})
