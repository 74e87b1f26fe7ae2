// Bundles the program that bin/ runs into a few files under dist/bundle: loading two hundred small ones takes 30 ms.
// One file holds the code needed before codex starts, one that of the early connection, one the code that handles requests;
// the rest is loaded on use.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { INPUTS, isInstalled } from './bundle-inputs.mjs'
import { writeLicenses } from './licenses.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const START = ['cli/main']
/** Loaded before codex starts, but only by a run that begins with a model call. */
const EARLY = ['run/begin-connection']
const PROXY = [
  'run/open-proxy',
  'run/features/commands',
  'run/features/sessions',
  'run/features/modules',
  'run/features/trace',
  'upstream/cycletls/cycletls-upstream',
]

/** The modules of each group and all their static imports; dynamic imports are not included. */
const groups = { start: new Set(), early: new Set(), proxy: new Set() }
const collect = {
  name: 'collect',
  buildEnd() {
    const add = (id, group) => {
      if (groups.start.has(id) || groups.early.has(id) || group.has(id)) return
      group.add(id)
      const module = this.getModuleInfo(id)
      if (module === null) throw new Error(`the bundle has no module ${id}; scripts/bundle.mjs names it`)
      for (const imported of module.importedIds) add(imported, group)
    }
    for (const name of START) add(`${root}src/${name}.ts`, groups.start)
    for (const name of EARLY) add(`${root}src/${name}.ts`, groups.early)
    for (const name of PROXY) add(`${root}src/${name}.ts`, groups.proxy)
  },
}

export async function bundle() {
  rmSync(`${root}dist/bundle`, { recursive: true, force: true })
  const built = await rolldown({
    input: Object.fromEntries(Object.entries(INPUTS).map(([name, file]) => [name, `${root}${file}`])),
    cwd: root,
    platform: 'node',
    external: isInstalled,
    plugins: [collect],
    // Some files are imported both statically and dynamically on purpose; packages may evaluate code.
    checks: { ineffectiveDynamicImport: false, eval: false },
  })
  const { output } = await built.write({
    dir: `${root}dist/bundle`,
    format: 'esm',
    // Names stay, for the stacks of errors; white space goes.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: Object.entries(groups).map(([name, ids], at) => ({ name, priority: 10 - at, test: (id) => ids.has(id) })),
    },
  })
  await built.close()
  writeLicenses(
    output.flatMap(({ moduleIds = [] }) => moduleIds),
    `${root}dist/bundle/LICENSES.txt`,
  )
}
