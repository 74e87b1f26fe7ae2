import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCallbackPage } from '../../src/mcp/oauth/callback-server.js'
import { createLoginProvider } from '../../src/mcp/oauth/login-provider.js'
import { openLoginStore } from '../../src/mcp/oauth/login-store.js'
import { CODEX_PLUS, type Lab, makeLab, type RunResult } from '../codex/lab.js'

const program = (name: string): string => fileURLToPath(new URL(`../fixtures/mcp/${name}`, import.meta.url))

let lab: Lab
let server: ChildProcess
let port: number

async function start(...args: string[]): Promise<void> {
  server = spawn(process.execPath, [program('oauth.mjs'), ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  port = await new Promise((resolve) => server.stdout?.once('data', (bytes) => resolve(Number(bytes))))
  lab.write('.mcp.json', JSON.stringify({ mcpServers: { srv: { type: 'http', url: `http://127.0.0.1:${port}/mcp` } } }))
}
beforeEach(() => {
  lab = makeLab('none')
})
afterEach(() => {
  server.kill('SIGKILL')
  lab.remove()
})

const mcp = (...args: string[]): Promise<RunResult> =>
  lab.run(CODEX_PLUS, ['plus', 'mcp', ...args], { env: { BROWSER: program('browser.mjs') } })
const control = async (what: string): Promise<unknown> =>
  await (await fetch(`http://127.0.0.1:${port}/control/${what}`)).json()
const stateFolder = (): string => join(lab.home, '.local/state/codex-plus/mcp')

describe('a remote server with OAuth', () => {
  it('is logged in to in the browser, once: later runs refresh the tokens, which only the user can read', async () => {
    await start()
    const { stdout: before } = await mcp('list')
    expect(before).toMatch(/srv\s+login\s+MCP server 'srv' requires a login\. Run `codex-plus plus mcp login srv`/)
    // Whoever only looks registers nothing.
    expect(await control('seen')).toMatchObject({ registered: 0 })

    const { stdout, code } = await mcp('login', 'srv')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Log in to 'srv' in your browser:\nhttp:\/\/127\.0\.0\.1:\d+\/authorize\?/)
    expect(stdout).toContain("You are logged in to 'srv': 1 tools.")
    expect((await mcp('call', 'srv', 'whoami')).stdout).toBe('codex-plus\n')

    const [file = ''] = readdirSync(stateFolder())
    expect(statSync(join(stateFolder(), file)).mode & 0o777).toBe(0o600)
    expect(statSync(stateFolder()).mode & 0o777).toBe(0o700)

    await control('expire')
    expect((await mcp('call', 'srv', 'whoami')).stdout).toBe('codex-plus\n')
    expect(await control('seen')).toMatchObject({ registered: 1, refreshed: 1 })
  })

  it('asks for a new login once the old one is invalid, and logs out', async () => {
    await start()
    await mcp('login', 'srv')
    await control('revoke')
    const { stderr, code } = await mcp('call', 'srv', 'whoami')
    expect(code).toBe(1)
    expect(stderr).toContain("MCP server 'srv' requires a login.")
    expect((await mcp('login', 'srv')).stdout).toContain('1 tools')
    expect((await mcp('logout', 'srv')).stdout).toBe("The login to 'srv' was removed.\n")
    expect((await mcp('logout', 'srv')).stdout).toBe("There was no login to 'srv'.\n")
    expect((await mcp('list')).stdout).toContain('requires a login')
  })

  it('says what was refused', async () => {
    await start('--deny')
    const { stderr, code } = await mcp('login', 'srv')
    expect(code).toBe(1)
    expect(stderr).toContain('the login was refused: access_denied. [CP_MCP_LOGIN]')
  })

  it('keeps tokens out of the log', async () => {
    await start()
    await mcp('login', 'srv')
    const log = join(lab.root, 'log')
    await lab.run(CODEX_PLUS, ['--plus-log', log, 'plus', 'mcp', 'call', 'srv', 'whoami'])
    const [file = ''] = readdirSync(stateFolder())
    const { tokens } = JSON.parse(readFileSync(join(stateFolder(), file), 'utf8')) as { tokens: Record<string, string> }
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      expect(token).toMatch(/^(access|refresh)-/)
      expect(readFileSync(log, 'utf8')).not.toContain(token)
    }
  })
})

describe('the page a login comes back to', () => {
  it('accepts only a redirect with its own state', async () => {
    await start()
    const page = await openCallbackPage()
    const code = page.code('mine', 5000)
    const wrong = await fetch(`${page.url}?code=stolen&state=theirs`)
    expect(wrong.status).toBe(400)
    expect((await fetch(`${page.url}?code=good&state=mine`)).status).toBe(200)
    expect(await code).toBe('good')
    page.close()
  })
})

it.each(['file:///Applications/X.app', 'vscode://x', 'https://login.example/'])(
  'opens only web pages: %s',
  async (page) => {
    const opened: string[] = []
    const store = openLoginStore(new URL('http://127.0.0.1:1/mcp'), { XDG_STATE_HOME: '/nowhere' })
    const login = { redirectUrl: 'http://127.0.0.1:1/callback', open: ({ href }: URL) => void opened.push(href) }
    const provider = createLoginProvider({ settings: {}, store, clientSecret: undefined, login })
    const open = async (): Promise<void> => await provider.redirectToAuthorization(new URL(page))
    if (page.startsWith('https:')) await open()
    else await expect(open()).rejects.toThrow(/not a web page/)
    expect(opened).toEqual(page.startsWith('https:') ? [page] : [])
  },
)
