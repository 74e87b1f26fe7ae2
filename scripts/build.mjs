// Builds the package: dist/ file by file for tests and benches, dist/bundle for the program, dist/types for its users.
// TypeScript and rolldown are native programs in optional packages. Where those were left out (`npm ci --omit=optional`),
// esbuild's WebAssembly build writes dist/bundle alone, which is all that the program needs.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

/** The compiler's file; null where TypeScript or the binaries of the native tools are missing. */
async function nativeCompiler() {
  try {
    await import('rolldown')
    const folder = dirname(require.resolve('typescript/package.json'))
    const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = join(folder, bin.tsc)
    return spawnSync(process.execPath, [file, '--version']).status === 0 ? file : null
  } catch {
    return null
  }
}

const compiler = await nativeCompiler()
if (compiler !== null) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
  const { bundle } = await import('./bundle.mjs')
  await bundle()
  const { copyTypes } = await import('./types.mjs')
  copyTypes()
} else {
  const { bundlePortably } = await import('./bundle-portably.mjs')
  await bundlePortably()
  console.log('dist/bundle was built with esbuild-wasm, without types: the native build tools are not installed.')
}
