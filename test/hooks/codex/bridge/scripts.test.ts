import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createBridge } from '../../../../src/hooks/codex/bridge/bridge.js'
import { BRIDGE_VARIABLE, bridgeCommand } from '../../../../src/hooks/codex/bridge/bridge-command.js'
import type { BridgeOptions } from '../../../../src/hooks/codex/bridge/bridge-types.js'
import { createHookRoute } from '../../../../src/hooks/codex/bridge/hook-route.js'
import { silentLog } from '../../../../src/log/log.js'
import type { Routes } from '../../../../src/proxy/app.js'
import { playedEngine } from '../../../fixtures/hooks.js'
import { type ProxyUnderTest, respond, startProxy } from '../../../fixtures/proxy/harness.js'

const bin = (name: string): string => fileURLToPath(new URL(`../../../../bin/${name}`, import.meta.url))
const BRIDGES: ReadonlyArray<readonly [string, (event: string, mode: string) => string]> = [
  ['bash', (event, mode) => `exec bash --norc -p '${bin('hook-bridge.bash')}' ${event} ${mode}`],
  ['curl', (event, mode) => `exec /bin/sh '${bin('hook-bridge.sh')}' ${event} ${mode}`],
  ['node', (event, mode) => `exec '${process.execPath}' '${bin('hook-bridge.mjs')}' ${event} ${mode}`],
]

let proxy: ProxyUnderTest | undefined
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(command: string, input: string, base: string): Promise<Ran> {
  return new Promise((resolve) => {
    // node's pipes are sockets; codex gives its hooks real ones.
    const child = spawn('/bin/sh', ['-c', 'cat | /bin/bash -c "$0"', command], {
      env: { PATH: process.env.PATH, [BRIDGE_VARIABLE]: base },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8')
    child.stderr.setEncoding('utf8')
    child.stdout.on('data', (data: string) => {
      stdout += data
    })
    child.stderr.on('data', (data: string) => {
      stderr += data
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

async function serve(options: Partial<BridgeOptions>, routes: Routes = {}): Promise<string> {
  const bridge = createBridge({
    engineOf: () => playedEngine([], () => ({})),
    onError: 'open',
    interactive: true,
    stopCap: 8,
    log: silentLog,
    say: () => {},
    ...options,
  })
  proxy = await startProxy(() => respond(404, []), {}, { hooks: createHookRoute(bridge, () => {}), ...routes })
  return `${proxy.routeBase('hooks')}/hooks`
}

describe.each(BRIDGES)('the bridge by %s', (_, command) => {
  it('carries the payload and the answer, whatever stands in them', async () => {
    const text = 'é 😀 "quoted" \\ %s $HOME `x`\n\u0007'.repeat(4000)
    const engine = playedEngine(['UserPromptSubmit'], (_event, { prompt }) => ({
      additionalContext: [String(prompt)],
      systemMessages: ['m'],
    }))
    const base = await serve({ engineOf: () => engine })
    const ran = await run(command('UserPromptSubmit', 'open'), JSON.stringify({ session_id: 's', prompt: text }), base)
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(engine.asked[0]?.payload.prompt).toBe(text)
    expect(JSON.parse(ran.stdout)).toEqual({
      systemMessage: 'm',
      hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext: text },
    })
  })

  it('prints nothing where nothing is said', async () => {
    const base = await serve({ engineOf: () => playedEngine(['Stop'], () => ({})) })
    expect(await run(command('Stop', 'closed'), '{"session_id":"s"}', base)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  })

  it('carries a context as plain text', async () => {
    const engine = playedEngine(['SessionStart'], () => ({ additionalContext: ['é 😀 %s\n\n  $HOME'] }))
    const base = await serve({ engineOf: () => engine })
    const ran = await run(command('SessionStart', 'open'), '{"session_id":"s"}', base)
    expect(ran).toEqual({ code: 0, stdout: 'é 😀 %s\n\n  $HOME\n', stderr: '' })
  })

  it.each(['no', 'no\n', '\n\nno\n\n', 'n\0o', 'é 😀\r\n%s'.repeat(20_000)])(
    'carries a reason, whatever stands in it: %#',
    async (reason) => {
      const base = await serve({
        engineOf: () => playedEngine(['UserPromptSubmit'], () => ({ blocked: true, reason })),
      })
      const ran = await run(command('UserPromptSubmit', 'open'), '{"session_id":"s"}', base)
      expect(ran).toEqual({ code: 2, stdout: '', stderr: `${reason.replaceAll('\0', '').trim()}\n` })
    },
  )

  it('carries a refusal as stderr and exit code 2', async () => {
    const engine = playedEngine(['PreToolUse'], () => Promise.reject(new Error('broken')))
    const base = await serve({ engineOf: () => engine, onError: 'closed' })
    const payload = '{"session_id":"s","tool_name":"Bash","tool_input":{"command":"ls"}}'
    const ran = await run(command('PreToolUse', 'closed'), payload, base)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(/broken.*hooks\.onError is closed/)
  })

  it.each([
    ['nobody listens', async () => 'http://127.0.0.1:9/secret/hooks'],
    ['the payload is none', async () => await serve({})],
    [
      'the answer breaks off',
      async () => {
        const cut: Routes[string] = async ({ outgoing }) => {
          outgoing.writeHead(200, { 'content-length': 100 })
          outgoing.write('{"systemMes')
          await new Promise((resolve) => setTimeout(resolve, 20))
          outgoing.socket?.destroySoon()
        }
        return await serve({}, { hooks: cut })
      },
    ],
  ])('goes on with a word, or refuses where it is told to: %s', async (_why, start) => {
    const base = await start()
    const open = await run(command('PreToolUse', 'open'), 'no json', base)
    expect(open).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(open.stdout)).toEqual({
      systemMessage: expect.stringMatching(/^The hooks of PreToolUse did not run/),
    })
    const closed = await run(command('PreToolUse', 'closed'), 'no json', base)
    expect(closed).toMatchObject({ code: 2, stdout: '' })
    expect(closed.stderr).toMatch(/hooks\.onError is closed/)
  })

  it('shows its way to nobody', async () => {
    expect(command('Stop', 'open')).not.toMatch(/http|127\.0\.0\.1/)
  })
})

describe('the command of a hook', () => {
  it('is bash where there is bash', () => {
    const command = bridgeCommand(process.env)('Stop', 'open')
    expect(command).toMatch(/^exec '.*bash' --norc -p '.*hook-bridge\.bash' Stop open$/)
  })
})
