import { describe, expect, it } from 'vitest'
import type { FoundCodex } from '../../../src/codex/find-codex.js'
import { buildLaunch, type LaunchOptions } from '../../../src/codex/launch.js'
import { parseCodexArguments } from '../../../src/codex/parse-arguments.js'

const BASE = 'http://127.0.0.1:1234/secret/v1'
const codex: FoundCodex = {
  file: '/bin/codex',
  argsPrefix: [],
  env: {},
  source: 'path',
  found: '/bin/codex',
  ignored: [],
}

const launch = (args: string[], rest: Partial<LaunchOptions> = {}) =>
  buildLaunch({ invocation: parseCodexArguments(args), codex, env: {}, base: BASE, ...rest })

describe('arguments', () => {
  it('ours come first, the user’s follow verbatim', () => {
    expect(launch(['exec', '--plus-safe', '-m', 'x', '--', '-c']).args).toEqual([
      '--no-daemon',
      '-c',
      `openai_base_url="${BASE}"`,
      'exec',
      '-m',
      'x',
      '--',
      '-c',
    ])
  })

  it.each<[args: string[], redirected: string[]]>([
    [
      ['-c', 'openai_base_url=http://u/v1', 'exec'],
      ['-c', `openai_base_url="${BASE}"`, 'exec'],
    ],
    [
      ['exec', '-c', 'openai_base_url="http://u/v1"', 'x'],
      ['exec', '-c', `openai_base_url="${BASE}"`, 'x'],
    ],
    [['-copenai_base_url=http://u'], [`-copenai_base_url="${BASE}"`]],
    [['-c=openai_base_url=http://u'], [`-c=openai_base_url="${BASE}"`]],
    [
      ['--config', 'openai_base_url = "http://u"'],
      ['--config', `openai_base_url="${BASE}"`],
    ],
    [['--config=openai_base_url=http://u'], [`--config=openai_base_url="${BASE}"`]],
    [
      ['-c', ' openai_base_url =x', '-c', 'openai_base_url=y'],
      ['-c', `openai_base_url="${BASE}"`, '-c', `openai_base_url="${BASE}"`],
    ],
    [
      ['-c', 'openai_base_url'],
      ['-c', 'openai_base_url'],
    ],
    [
      ['-c', 'chatgpt_base_url=x'],
      ['-c', 'chatgpt_base_url=x'],
    ],
    [
      ['--', '-c', 'openai_base_url=x'],
      ['--', '-c', 'openai_base_url=x'],
    ],
  ])('%j', (args, redirected) => {
    expect(launch(args).args.slice(3)).toEqual(redirected)
  })

  it('further overrides stand before the user’s', () => {
    expect(launch(['x'], { overrides: ['a=1', 'b=2'] }).args.slice(3)).toEqual(['-c', 'a=1', '-c', 'b=2', 'x'])
  })

  it.each<[args: string[], last: string[]]>([
    [
      ['exec', 'x'],
      ['exec', 'x', '-c', 'last=1'],
    ],
    [
      ['exec', '-c', 'last=0', '--', 'x'],
      ['exec', '-c', 'last=0', '-c', 'last=1', '--', 'x'],
    ],
    [
      ['exec', '-i', 'a.png', 'b.png'],
      ['exec', '-i', 'a.png', 'b.png', '-c', 'last=1'],
    ],
    [
      ['exec', '-s', 'workspace-write', '-sread-only', 'x'],
      ['exec', 'x', '-c', 'last=1'],
    ],
    [
      ['--sandbox=workspace-write', 'exec', '--', '-s'],
      ['exec', '-c', 'last=1', '--', '-s'],
    ],
  ])('what has to win stands behind the options of %j, and what is dropped is gone', (args, last) => {
    const dropped = new Set(parseCodexArguments(args).sandboxFlags.flatMap(({ indices }) => indices))
    expect(launch(args, { lastOverrides: ['last=1'], dropped }).args.slice(3)).toEqual(last)
  })

  it('without a login the echo upstream is a provider that needs none', () => {
    const { args } = launch(['exec', 'x'], { withoutLogin: true })
    expect(args.join(' ')).toContain('model_provider="codex-plus-echo"')
    expect(args.join(' ')).toContain(`base_url="${BASE}",requires_openai_auth=false`)
  })

  it('a launcher’s prefix comes before all', () => {
    const viaNode = { ...codex, file: '/bin/node', argsPrefix: ['/x/codex.js'] }
    expect(launch(['x'], { codex: viaNode }).args[0]).toBe('/x/codex.js')
    expect(launch(['login'], { codex: viaNode, base: null }).args).toEqual(['/x/codex.js', 'login'])
  })

  it('without a proxy nothing is added', () => {
    const { args, env } = launch(['-c', 'openai_base_url=u', 'login'], { base: null, env: { A: '1' } })
    expect(args).toEqual(['-c', 'openai_base_url=u', 'login'])
    expect(env).toEqual({ A: '1' })
  })
})

describe('environment', () => {
  const LOOPBACK = '127.0.0.1,localhost'
  it.each<[env: NodeJS.ProcessEnv, upper: string, lower: string]>([
    [{}, LOOPBACK, LOOPBACK],
    [{ NO_PROXY: '' }, LOOPBACK, LOOPBACK],
    [{ NO_PROXY: 'a.com' }, `a.com,${LOOPBACK}`, `a.com,${LOOPBACK}`],
    [{ no_proxy: 'a.com, b.com,' }, `a.com,b.com,${LOOPBACK}`, `a.com,b.com,${LOOPBACK}`],
    [{ NO_PROXY: 'a', no_proxy: 'b' }, `a,${LOOPBACK}`, `b,${LOOPBACK}`],
    [{ NO_PROXY: 'localhost,a' }, 'localhost,a,127.0.0.1', 'localhost,a,127.0.0.1'],
    [{ NO_PROXY: LOOPBACK }, LOOPBACK, LOOPBACK],
    [{ NO_PROXY: '*' }, `*,${LOOPBACK}`, `*,${LOOPBACK}`],
  ])('NO_PROXY of %j', (env, upper, lower) => {
    const result = launch(['x'], { env }).env
    expect([result.NO_PROXY, result.no_proxy]).toEqual([upper, lower])
  })

  it.each<[line: string, env: NodeJS.ProcessEnv, wanted: string | undefined]>([
    ['exec x', {}, 'error,codex_api::endpoint::responses_websocket=off'],
    ['e x', {}, 'error,codex_api::endpoint::responses_websocket=off'],
    ['review', {}, 'error,codex_api::endpoint::responses_websocket=off'],
    ['exec resume x', {}, 'error,codex_api::endpoint::responses_websocket=off'],
    ['exec x', { RUST_LOG: 'debug' }, 'debug'],
    ['exec x', { RUST_LOG: '' }, ''],
    ['hello', {}, undefined],
    ['resume', {}, undefined],
    ['app-server', {}, undefined],
  ])('RUST_LOG of codex %s with %j', (line, env, wanted) => {
    expect(launch(line.split(' '), { env }).env.RUST_LOG).toBe(wanted)
  })

  it('keeps the rest, and leaves no unset variable behind', () => {
    const managed = { ...codex, env: { CODEX_MANAGED_BY_NPM: '1', CODEX_MANAGED_BY_PNPM: undefined } }
    const { env } = launch(['x'], { codex: managed, env: { A: '1', CODEX_MANAGED_BY_PNPM: '1' } })
    expect(env).toMatchObject({ A: '1', CODEX_MANAGED_BY_NPM: '1' })
    // A command of the model would learn the proxy's address from it.
    expect(env.OPENAI_BASE_URL).toBeUndefined()
    expect(launch(['x'], { env: { OPENAI_BASE_URL: 'http://own' } }).env.OPENAI_BASE_URL).toBe('http://own')
    expect(launch(['x'], { needsVariable: true }).env.OPENAI_BASE_URL).toBe(BASE)
    expect(env).not.toHaveProperty('CODEX_MANAGED_BY_PNPM')
  })
})
