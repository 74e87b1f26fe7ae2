// A codex-plus that serves many threads at once over codex's app-server, for the benchmarks of long runs.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CODEX, PLUS } from './codex-runs.mjs'

/** A home of its own with a login that is none, and a trusted project, whose model server has this URL. */
export function makeHome(url) {
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  const [project, codexHome] = [join(root, 'project'), join(root, 'codex-home')]
  for (const folder of [project, codexHome]) mkdirSync(folder)
  writeFileSync(
    join(codexHome, 'auth.json'),
    JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: 'sk-dummy-0000000000000000' }),
  )
  writeFileSync(
    join(codexHome, 'config.toml'),
    `openai_base_url = "${url}"\n[projects."${project}"]\ntrust_level = "trusted"\n`,
  )
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    CODEX_HOME: codexHome,
    CODEX_PLUS_CODEX: CODEX,
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: 'http://127.0.0.1:9/refresh',
    LANG: 'C.UTF-8',
    RUST_LOG: 'off',
  }
  return { root, project, env }
}

/** Starts `codex-plus app-server` and speaks its JSON-RPC. */
export function startAppServer({ project, env }) {
  const child = spawn(process.execPath, [PLUS, 'app-server'], { cwd: project, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += data
  })
  let count = 0
  const answers = new Map()
  const ends = new Map()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, method, result, error, params } = JSON.parse(line)
    if (method === 'turn/completed') ends.get(params.threadId)?.(params.turn)
    else if (method !== undefined && id !== undefined)
      child.stdin.write(`${JSON.stringify({ id, result: { decision: 'accept' } })}\n`)
    else if (answers.has(id)) answers.get(id)(error ?? result)
  })
  const ask = (method, params) =>
    new Promise((resolve) => {
      count += 1
      answers.set(count, resolve)
      child.stdin.write(`${JSON.stringify({ id: count, method, params })}\n`)
    })
  return {
    child,
    ask,
    errors: () => errors,
    tell: (method) => child.stdin.write(`${JSON.stringify({ method })}\n`),
    /** Resolves with the next turn of a thread that ends. */
    turnEnded: (threadId) => new Promise((resolve) => ends.set(threadId, resolve)),
  }
}

/** The processes of a run: those with its home in their environment. */
export function processesOf(root) {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(root)
    } catch {
      return false
    }
  })
}
