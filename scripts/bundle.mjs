// Bundles the program that bin/ runs into a few files under dist/bundle: loading two hundred small ones takes 30 ms.
// One file holds the code needed before codex starts, one the code that handles requests; the rest is loaded on use.
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

/** The modules of each group and all their static imports; dynamic imports are not included. */
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
  // Packages stay external, except the small ones that every run loads, and the rules for credentials: a file of their own.
  external: (id) =>
    /^[^./]/.test(id) && !/^(?:hono|@hono\/node-server|eventsource-parser|@secretlint\/[\w-]+)(?:\/|$)/.test(id),
  plugins: [collect],
  // Some files are imported both statically and dynamically on purpose.
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
