import { defineConfig } from 'vitest/config'
import { scaled } from './test/time.js'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores: the real codex and node-pty children need one of them for themselves. Three workers were slower.
    maxWorkers: 2,
    testTimeout: scaled(90_000),
    hookTimeout: scaled(120_000),
    globalSetup: ['test/build.ts'],
  },
})
