// The bundle without native build tools: the same inputs and packages, by esbuild's WebAssembly build.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild-wasm'
import { INPUTS, INSTALLED } from './bundle-inputs.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

export async function bundlePortably() {
  rmSync(`${root}dist/bundle`, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(INPUTS).map(([name, file]) => [name, `${root}${file}`])),
    outdir: `${root}dist/bundle`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: INSTALLED,
    // CommonJS packages in an ES module ask for node's own modules by `require`.
    banner: {
      js: "import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);",
    },
    logLevel: 'warning',
  })
}
