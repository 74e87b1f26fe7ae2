import { CodexPlusError } from '../errors.js'
import { killGroup, spawnGuarded } from '../process/guarded-process.js'
import { withoutStartFiles } from '../process/plain-environment.js'

/** How long a headersHelper may take, in ms (claude-code-2.1 section 3). */
const HELPER_TIMEOUT = 10_000

export interface HelperOptions {
  readonly name: string
  readonly url: string
  readonly command: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * Runs a server's headersHelper, a shell command that prints headers as a JSON object of strings. Throws CP_MCP_START.
 */
export async function helperHeaders(options: HelperOptions): Promise<Record<string, string>> {
  const { name, url, command, cwd } = options
  const env = { ...withoutStartFiles(options.env), CLAUDE_CODE_MCP_SERVER_NAME: name, CLAUDE_CODE_MCP_SERVER_URL: url }
  const fail = (what: string): CodexPlusError =>
    new CodexPlusError('CP_MCP_START', `MCP server '${name}': its headersHelper ${what}.`)
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawnGuarded('/bin/sh', ['-c', command], { env, cwd, pipeStdio: true })
    let text = ''
    const timer = setTimeout(() => {
      killGroup(child, 'SIGKILL')
      reject(fail(`took more than ${HELPER_TIMEOUT / 1000} s`))
    }, HELPER_TIMEOUT)
    child.stdin?.end()
    child.stderr?.resume()
    child.stdout?.on('data', (bytes: Buffer) => {
      text = (text + bytes.toString('utf8')).slice(0, 1024 * 1024)
    })
    child.once('error', (error) => reject(fail(`could not be run: ${error.message}`)))
    child.once('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(text)
      else reject(fail(`ended with exit code ${code}`))
    })
  })
  try {
    const value: unknown = JSON.parse(output)
    const entries = Object.entries(value as Record<string, unknown>)
    // The output may hold a token, so it is not repeated in the error.
    if (Array.isArray(value) || !entries.every(([, header]) => typeof header === 'string')) throw new TypeError()
    return Object.fromEntries(entries) as Record<string, string>
  } catch {
    throw fail('did not print a JSON object of strings')
  }
}
