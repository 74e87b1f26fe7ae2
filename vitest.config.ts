import { defineConfig } from 'vitest/config'
import { scaled } from './test/time.js'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // For two cores: a third of the time a test waits for the real codex, a limit, or a server.
    maxWorkers: 3,
    testTimeout: scaled(90_000),
    hookTimeout: scaled(120_000),
    globalSetup: ['test/build.ts'],
  },
})
