import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findRootLeaks } from '../leaks.js'
import { scaled } from '../time.js'

/** The built program under test. */
export const CODEX_PLUS = fileURLToPath(new URL('../../bin/codex-plus.js', import.meta.url))
/** The real codex's npm launcher; that of another version in `npm run compat`. */
export const CODEX =
  process.env.COMPAT_CODEX ??
  join(dirname(createRequire(import.meta.url).resolve('@openai/codex/package.json')), 'bin/codex.js')

/** A scratch world for one test: its own HOME, CODEX_HOME with a dummy login, and a trusted git project. */
export interface Lab {
  readonly root: string
  readonly home: string
  readonly codexHome: string
  readonly project: string
  readonly env: NodeJS.ProcessEnv
  /** Writes a file below the project. */
  write(path: string, text: string): void
  /** Runs codex-plus (or codex itself) to its end. */
  run(program: string, args: string[], options?: RunOptions): Promise<RunResult>
  remove(): void
}
export interface RunOptions {
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly timeoutMs?: number
}
export interface RunResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}
export type Login = 'apikey' | 'chatgpt' | 'none'

/** `CODEX_PLUS_TEST_CARRIER=http` runs all tests on the real codex by POST, as with a server that has no WebSocket. */
const OVER_HTTP = process.env.CODEX_PLUS_TEST_CARRIER === 'http'

/** A key that is recognisable in every artefact, so that a scan finds it wherever it leaked. */
export const DUMMY_KEY = 'sk-dummy-0000000000000000codexplus'
/** The account of the ChatGPT-style dummy login. */
export const DUMMY_ACCOUNT = '11111111-2222-3333-4444-555555555555'

/** Makes a scratch world. */
export function makeLab(login: Login = 'apikey', config = ''): Lab {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-lab-')))
  const [home, codexHome, project] = [join(root, 'home'), join(root, 'codex-home'), join(root, 'project')]
  for (const folder of [home, codexHome, project]) mkdirSync(folder)
  execFileSync('git', ['init', '-q', project])
  writeFileSync(join(codexHome, 'config.toml'), `${config}\n[projects."${project}"]\ntrust_level = "trusted"\n`)
  const auth = login === 'none' ? null : JSON.stringify(loginFile(login))
  if (auth !== null) writeFileSync(join(codexHome, 'auth.json'), auth)
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    CODEX_HOME: codexHome,
    CODEX_PLUS_CODEX: CODEX,
    ...(OVER_HTTP && { CODEX_PLUS_WEBSOCKET: 'off' }),
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    // Nothing of a lab may leave the machine, whatever codex tries on its own.
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: 'http://127.0.0.1:9/refresh',
  }
  return {
    root,
    home,
    codexHome,
    project,
    env,
    write(path, text) {
      mkdirSync(dirname(join(project, path)), { recursive: true })
      writeFileSync(join(project, path), text)
    },
    run: (program, args, options = {}) =>
      runProgram(program, args, { cwd: project, ...options, env: { ...env, ...options.env } }),
    remove() {
      // Every artefact of every run in a lab is searched for the login it ran with.
      const leaks = findRootLeaks(root, codexHome, credentialsOf(auth))
      rmSync(root, { recursive: true, force: true, maxRetries: 5 })
      if (leaks.length > 0) throw new Error(`a credential was written down: ${leaks.join(', ')}`)
    },
  }
}

function runProgram(
  program: string,
  args: string[],
  options: RunOptions & { env: NodeJS.ProcessEnv },
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: options.cwd, env: options.env, stdio: 'pipe' })
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? scaled(120_000))
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString()
    })
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString()
    })
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr })
    })
  })
}

/** The credentials in a login file. */
function credentialsOf(auth: string | null): string[] {
  return [...(auth ?? '').matchAll(/"(?:OPENAI_API_KEY|access_token|refresh_token|id_token)":"([^"]+)"/g)].map(
    ([, value = '']) => value,
  )
}

function loginFile(login: 'apikey' | 'chatgpt'): unknown {
  if (login === 'apikey') return { auth_mode: 'apikey', OPENAI_API_KEY: DUMMY_KEY }
  const hour = Math.floor(Date.now() / 1000) + 36_000
  const token = jwt({
    email: 'dummy@example.com',
    exp: hour,
    'https://api.openai.com/auth': {
      chatgpt_account_id: DUMMY_ACCOUNT,
      chatgpt_plan_type: 'pro',
      chatgpt_user_id: 'user-dummy',
      user_id: 'user-dummy',
    },
  })
  return {
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: { id_token: token, access_token: token, refresh_token: 'dummy-refresh', account_id: DUMMY_ACCOUNT },
    last_refresh: new Date().toISOString(),
  }
}

/** An unsigned token; codex does not check signatures (codex-0.169 section 6). */
function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.c2ln`
}
