// What codex-plus adds to the start of codex, and what it weighs.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { interleave, noise, paired, summary, table, timed } from './measure.mjs'
import { residentMegabytes } from './memory.mjs'

const program = new URL('../../bin/codex-plus.js', import.meta.url).pathname
const codexPackage = dirname(createRequire(import.meta.url).resolve('@openai/codex/package.json'))
const launcher = join(codexPackage, 'bin/codex.js')

/** What codex-plus adds to `--version` and to the first request of `exec`, and its memory at that moment. */
export async function bench({ rounds: wanted }) {
  const rounds = Math.min(wanted, 30)
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  const project = join(root, 'project')
  const codexHome = join(root, 'codex-home')
  for (const folder of [project, codexHome]) mkdirSync(folder)
  writeFileSync(join(codexHome, 'auth.json'), '{"auth_mode":"apikey","OPENAI_API_KEY":"sk-dummy-0000000000000000"}')
  const env = { PATH: process.env.PATH, HOME: root, CODEX_HOME: codexHome, CODEX_PLUS_CODEX: launcher, LANG: 'C.UTF-8' }
  try {
    const run = (args) => () => timed(() => spawnSync(process.execPath, args, { cwd: project, env, stdio: 'ignore' }))
    const starts = await interleave(
      {
        'node -e 0': run(['-e', '0']),
        'node -e 0, again': run(['-e', '0']),
        'codex --version': run([launcher, '--version']),
        'codex-plus --version': run([program, '--version']),
      },
      rounds,
    )
    const added = (samples, baseline) => summary(paired(samples, starts[baseline]))
    table(
      `Start-up, ${rounds} rounds; noise ${noise(starts['node -e 0'], starts['node -e 0, again'])}`,
      ['command', 'total', 'added to node', 'added to codex'],
      Object.entries(starts).map(([name, samples]) => [
        name,
        summary(samples),
        added(samples, 'node -e 0'),
        name.startsWith('codex-plus') ? added(samples, 'codex --version') : '',
      ]),
    )
    await benchFirstRequest({ env, project, codexHome, rounds: Math.ceil(rounds / 2) })
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Times `codex exec` from its start to its first model request, alone and under codex-plus, and reads codex-plus's RSS. */
async function benchFirstRequest({ env, project, codexHome, rounds }) {
  let arrived = () => {}
  const upstream = http.createServer(async (request, response) => {
    if (request.headers.upgrade) return response.writeHead(426).end()
    for await (const _ of request);
    if (request.method !== 'POST') return response.writeHead(404).end()
    arrived()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end('data: {"type":"response.completed","response":{"id":"r"}}\n\n')
  })
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${upstream.address().port}/v1`
  writeFileSync(join(codexHome, 'config.toml'), `openai_base_url = "${url}"\n`)
  const resident = []
  const run = (file) => () =>
    new Promise((resolve) => {
      const begun = performance.now()
      let first = Number.NaN
      const child = spawn(process.execPath, [file, 'exec', '--skip-git-repo-check', 'hi'], {
        cwd: project,
        env: { ...env, RUST_LOG: 'off' },
        stdio: 'ignore',
      })
      arrived = () => {
        first = performance.now() - begun
        if (file === program) resident.push(residentMegabytes(child.pid) ?? Number.NaN)
      }
      child.on('exit', () => resolve(first))
    })
  try {
    const variants = { codex: run(launcher), again: run(launcher), 'codex-plus': run(program) }
    const samples = await interleave(variants, rounds, 2)
    table(
      `Start of \`exec\` to its first model request, ${rounds} rounds; noise ${noise(samples.codex, samples.again)}`,
      ['command', 'total', 'added'],
      [
        ['codex exec', summary(samples.codex), ''],
        ['codex-plus exec', summary(samples['codex-plus']), summary(paired(samples['codex-plus'], samples.codex))],
      ],
    )
    if (resident.length) table('Memory of codex-plus itself at that moment (MB)', ['RSS'], [[summary(resident)]])
  } finally {
    upstream.close()
    upstream.closeAllConnections()
  }
}
