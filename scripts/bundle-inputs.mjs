// What the bundle is made of.

/** The entry files, by the name of their file in dist/bundle. */
export const INPUTS = {
  main: 'src/cli/main.ts',
  index: 'src/index.ts',
  'worker-entry': 'src/worker/worker-entry.ts',
  'module-calls': 'src/modules/module-calls.ts',
  'call-hook-function': 'src/hooks/proxy-hooks/call-hook-function.ts',
}

/** Packages that users install: native ones, and those that are loaded on use. All others are bundled. */
export const INSTALLED = [
  '@bokuweb/zstd-wasm',
  '@lydell/node-pty',
  '@openai/codex',
  '@xterm/headless',
  'commander',
  'cycletls',
  'jsonc-parser',
  'node-pty',
  'yaml',
  'zod',
]

/** Whether an import stays an import of an installed package. */
export function isInstalled(id) {
  return id.startsWith('node:') || INSTALLED.some((name) => id === name || id.startsWith(`${name}/`))
}
