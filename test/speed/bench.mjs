// `npm run bench [-- NAME ... [ROUNDS]]`: every promise about speed, measured in pairs within one run.
import { existsSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

/** The benchmarks by name, each a file of this folder that exports `bench(options)`. A further one is one more line. */
const BENCHES = {
  transport: () => import('./transport.mjs'),
  socket: () => import('./socket.mjs'),
  startup: () => import('./startup.mjs'),
  first: () => import('./first.mjs'),
  loop: () => import('./loop.mjs'),
  encoding: () => import('./encoding.mjs'),
  rewrite: () => import('./rewrite.mjs'),
  sessions: () => import('./sessions.mjs'),
  commands: () => import('./commands.mjs'),
  typing: () => import('./typing.mjs'),
  hooks: () => import('./hooks.mjs'),
  modules: () => import('./modules.mjs'),
  mcp: () => import('./mcp.mjs'),
  faults: () => import('./faults.mjs'),
  endure: () => import('./endure.mjs'),
  soak: () => import('./soak.mjs'),
}

const args = process.argv.slice(2)
const names = args.filter((arg) => !/^\d+$/.test(arg))
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name))
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`)
  process.exit(64)
}
if (!existsSync(new URL('../../dist/cli/main.js', import.meta.url))) {
  console.error('run `npm run build` first')
  process.exit(1)
}

const rounds = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 100)
const path = (name) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname
const tls = { key: path('key.pem'), cert: path('cert.pem'), authority: path('ca.pem') }
const load = () => loadavg()[0].toFixed(1)
console.log(`node ${process.version}, ${cpus().length} cores, load ${load()}; all times in ms, p50 / p99`)
for (const [name, importBench] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue
  const begun = performance.now()
  try {
    await (await importBench()).bench({ rounds, tls })
  } catch (error) {
    process.exitCode = 1
    console.error(`\n${name} failed: ${error?.stack ?? error}`)
  }
  console.log(`\n(${name}: ${((performance.now() - begun) / 1000).toFixed(0)} s, load ${load()})`)
}
// Nothing of a benchmark may keep the run from ending.
process.exit()
