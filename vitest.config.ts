import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores: the real codex and node-pty children need one of them for themselves.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The real codex reads keys by its own clock and drops those that come too early: on a busy machine one may be lost.
    retry: process.env.CI ? 2 : 0,
    globalSetup: ['test/build.ts'],
  },
})
