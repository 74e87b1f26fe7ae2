// Real runs of codex against a model server behind a link, for the benchmarks of whole runs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startLink } from './link.mjs'

export const PLUS = new URL('../../bin/codex-plus.js', import.meta.url).pathname
export const CODEX = join(dirname(createRequire(import.meta.url).resolve('@openai/codex/package.json')), 'bin/codex.js')

const jwt = (claims) =>
  `${[{ alg: 'none', typ: 'JWT' }, claims]
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'))
    .join('.')}.c2ln`

function loginFile(login) {
  if (login === 'API key') return { auth_mode: 'apikey', OPENAI_API_KEY: 'sk-dummy-0000000000000000' }
  const account = '11111111-2222-3333-4444-555555555555'
  const claims = { chatgpt_account_id: account, chatgpt_plan_type: 'pro', chatgpt_user_id: 'u', user_id: 'u' }
  const token = jwt({
    email: 'd@example.com',
    exp: Math.floor(Date.now() / 1000) + 36_000,
    'https://api.openai.com/auth': claims,
  })
  return {
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: { id_token: token, access_token: token, refresh_token: 'x', account_id: account },
    last_refresh: new Date().toISOString(),
  }
}

/** Starts a model server behind a link, and a place to run codex in. `run` resolves with times of a run, in ms. */
export async function startWorld({ tls, steps, login, link: shape = {} }) {
  const args = [new URL('model-server.mjs', import.meta.url).pathname, tls.key, tls.cert, String(steps)]
  const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  server.on('exit', (code, signal) => console.error(`the model server ended: ${code ?? signal}`))
  const [port] = await once(server.stdout, 'data')
  const link = await startLink({ port: Number(String(port).trim()), ...shape })
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  const [project, codexHome] = [join(root, 'project'), join(root, 'codex-home')]
  for (const folder of [project, codexHome]) mkdirSync(folder)
  writeFileSync(join(codexHome, 'auth.json'), JSON.stringify(loginFile(login)))
  const base = (path) => `https://localhost:${link.port}${path}`
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    CODEX_HOME: codexHome,
    CODEX_PLUS_CODEX: CODEX,
    CODEX_CA_CERTIFICATE: tls.authority,
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: 'http://127.0.0.1:9/refresh',
    LANG: 'C.UTF-8',
    RUST_LOG: 'off',
  }
  /**
   * Runs `exec --json` once: ms to the first item, of the turn (`loop`: what codex calls in code mode is no item), and in all;
   * bytes and connections on the link.
   */
  const run = (program, flags, { path = '/v1' } = {}) =>
    new Promise((resolve, reject) => {
      writeFileSync(
        join(codexHome, 'config.toml'),
        `openai_base_url = "${base(path)}"\n[projects."${project}"]\ntrust_level = "trusted"\n`,
      )
      link.reset()
      const begun = performance.now()
      const args = [program, ...flags, 'exec', '--skip-git-repo-check', '--json', 'go']
      const child = spawn(process.execPath, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] })
      let text = ''
      let errors = ''
      let turn = Number.NaN
      let first = Number.NaN
      let last = Number.NaN
      child.stderr.on('data', (data) => {
        errors += data
      })
      child.stdout.on('data', (data) => {
        text += data
        last = performance.now() - begun
        if (Number.isNaN(turn) && text.includes('"turn.started"')) turn = last
        if (Number.isNaN(first) && /"item\.(started|completed)"/.test(text)) first = last
      })
      const late = setTimeout(() => child.kill('SIGKILL'), 120_000)
      child.on('exit', (code) => {
        clearTimeout(late)
        if (code !== 0 || !text.includes('"done"'))
          reject(new Error(`${program} ${flags} ended with ${code}: ${text.slice(-500)}${errors.slice(-2000)}`))
        else resolve({ first, last, loop: last - turn, ...link.counts })
      })
    })
  return {
    run,
    close() {
      server.stdin.end()
      link.close()
      rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
