// Joins the program that bin/ runs into a few files under dist/bundle: two hundred small ones take 30 ms to load.
// What is needed before codex starts is one file, what answers its requests another; the rest is loaded when it is used.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const START = ['cli/main', 'run/run-proxied', 'run/features/hooks', 'run/features/mcp', 'terminal/run-inherited']
const PROXY = [
  'run/open-proxy',
  'run/features/commands',
  'run/features/sessions',
  'run/features/modules',
  'run/features/trace',
  'upstream/cycletls/cycletls-upstream',
]

/** The modules of a group and all that they import, but for what they import when it is used. */
const groups = { start: new Set(), proxy: new Set() }
const collect = {
  name: 'collect',
  buildEnd() {
    const add = (id, group) => {
      if (groups.start.has(id) || group.has(id)) return
      group.add(id)
      for (const imported of this.getModuleInfo(id)?.importedIds ?? []) add(imported, group)
    }
    for (const name of START) add(`${root}src/${name}.ts`, groups.start)
    for (const name of PROXY) add(`${root}src/${name}.ts`, groups.proxy)
  },
}

rmSync(`${root}dist/bundle`, { recursive: true, force: true })
const bundle = await rolldown({
  input: { main: `${root}src/cli/main.ts` },
  cwd: root,
  platform: 'node',
  // Packages stay packages, but for the small ones that every run loads.
  external: (id) => /^[^./]/.test(id) && !/^(?:hono|@hono\/node-server|eventsource-parser)(?:\/|$)/.test(id),
  plugins: [collect],
  // A file that is loaded late in one place and early in another is meant to be.
  checks: { ineffectiveDynamicImport: false },
})
await bundle.write({
  dir: `${root}dist/bundle`,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: {
    groups: Object.entries(groups).map(([name, ids], at) => ({ name, priority: 10 - at, test: (id) => ids.has(id) })),
  },
})
await bundle.close()
