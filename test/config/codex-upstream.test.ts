import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseCodexArguments } from '../../src/codex/parse-arguments.js'
import { type CodexConfig, readCodexConfig } from '../../src/config/codex-upstream.js'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-config-')))
  mkdirSync(join(root, 'project/sub'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

function read(line = '', options: { cwd?: string; gitRoot?: string | null } = {}): CodexConfig {
  return readCodexConfig({
    invocation: parseCodexArguments(line.split(' ').filter(Boolean)),
    env: { HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex') },
    cwd: options.cwd ?? join(root, 'project'),
    gitRoot: options.gitRoot === undefined ? join(root, 'project') : options.gitRoot,
    systemFolder: join(root, 'etc'),
  })
}

const base = (host: string): string => `openai_base_url = "https://${host}/v1"\n`
const FILES = { system: 'etc/config.toml', user: 'codex/config.toml', profile: 'codex/work.config.toml' } as const
type File = keyof typeof FILES

describe('layers', () => {
  it.each<[files: File[], line: string, host: string | null]>([
    [[], '', null],
    [['system'], '', 'system'],
    [['user'], '', 'user'],
    [['system', 'user'], '', 'user'],
    [['system', 'user', 'profile'], '', 'user'],
    [['system', 'user', 'profile'], '-p work', 'profile'],
    [['system', 'user', 'profile'], 'exec --profile=work x', 'profile'],
    [['system', 'profile'], '-p other', 'system'],
    [['user', 'profile'], '-p ../work', 'user'],
    [['user', 'profile'], '-p work -c openai_base_url=https://flag/v1', 'flag'],
    [['user'], '-c openai_base_url=""', null],
    [['user'], '-c openai_base_url=', null],
    [[], '-c openai_base_url="https://flag/v1"', 'flag'],
    [[], "-c openai_base_url='https://flag/v1'", 'flag'],
    [[], 'exec -copenai_base_url=https://flag/v1 x', 'flag'],
    [['user'], '-c openai_base_url=https://a/v1 exec --config=openai_base_url=https://flag/v1', 'flag'],
    [['user', 'profile'], 'exec -p work --ignore-user-config x', null],
    [['system', 'user'], 'exec --ignore-user-config x', 'system'],
    [['user'], 'exec --ignore-user-config -c openai_base_url=https://flag x', 'flag'],
  ])('%j with codex %s', (files, line, host) => {
    for (const name of files) write(FILES[name], base(name))
    const { upstream, unproxied, notices } = read(line)
    expect({ host: upstream?.url.hostname ?? null, unproxied, notices }).toEqual({ host, unproxied: null, notices: [] })
  })

  it('names where the URL was said', () => {
    const file = write(FILES.user, base('user'))
    expect(read().upstream?.source).toBe(file)
    expect(read('-c openai_base_url=https://x').upstream?.source).toBe('-c openai_base_url')
  })

  it('a key of the same name in a table is another key', () => {
    write(FILES.user, '[other]\nopenai_base_url = "https://x"\n')
    expect(read()).toEqual({ upstream: null, unproxied: null, notices: [] })
  })
})

describe('not proxied', () => {
  it.each<[line: string, file: File | null, text: string, reason: RegExp | null]>([
    ['--oss', null, '', /^--oss runs a local model/],
    ['exec --oss x', null, '', /^--oss/],
    ['--remote ws://x', null, '', /^--remote makes/],
    ['', 'user', 'model_provider = "mine"', /model_provider is 'mine', not openai/],
    ['', 'system', 'model_provider = "mine"', /'mine'/],
    ['-p work', 'profile', 'model_provider = "mine"', /'mine'/],
    ['-c model_provider=mine', null, '', /'mine'/],
    ['-c model_provider="mine"', null, '', /'mine'/],
    ['', 'user', 'model_provider = "openai"', null],
    ['-c model_provider=openai', 'user', 'model_provider = "mine"', null],
    ['-- --oss', null, '', null],
  ])('codex %s, %s: %s', (line, file, text, reason) => {
    if (file) write(FILES[file], text)
    const { unproxied } = read(line)
    if (reason) expect(unproxied).toMatch(reason)
    else expect(unproxied).toBeNull()
  })

  it('where a managed file pins the URL, which even -c does not change', () => {
    const file = write('etc/managed_config.toml', base('managed'))
    const { unproxied, upstream } = read('-c openai_base_url=https://flag')
    expect(unproxied).toContain(`${file} pins openai_base_url`)
    expect(upstream).toBeNull()
  })

  it('where it pins the provider, unless that is openai', () => {
    write('etc/managed_config.toml', 'model_provider = "mine"')
    expect(read('-c model_provider=openai').unproxied).toContain("'mine'")
    write('etc/managed_config.toml', 'model_provider = "openai"')
    expect(read('-c model_provider=mine').unproxied).toBeNull()
  })
})

describe('what cannot be used is named', () => {
  it.each(['etc/config.toml', 'etc/managed_config.toml', 'codex/config.toml', 'codex/work.config.toml'])(
    'broken %s, with its line',
    (path) => {
      const file = write(path, '# a comment\nmodel = "x"\nopenai_base_url = https://no-quotes\n')
      const { upstream, unproxied, notices } = read('-p work')
      expect({ upstream, unproxied }).toEqual({ upstream: null, unproxied: null })
      expect(notices).toHaveLength(1)
      expect(notices[0]?.startsWith(`${file}:3: not valid TOML: `)).toBe(true)
    },
  )

  it('a broken file does not hide the layer below', () => {
    write(FILES.system, base('system'))
    write(FILES.user, 'openai_base_url = nonsense =')
    expect(read()).toMatchObject({
      upstream: { url: new URL('https://system/v1') },
      notices: [expect.stringContaining(':1:')],
    })
  })

  it.each([
    ['no-url', 'is not a URL'],
    ['ftp://x/v1', 'is neither http nor https'],
    ['https://user:secret@x/v1', 'carries credentials'],
  ])('the URL %s', (url, problem) => {
    const file = write(FILES.user, `openai_base_url = "${url}"`)
    // The key is for that server: codex is left to deal with it, and no other server is sent anything.
    const { upstream, unproxied } = read()
    expect(upstream).toBeNull()
    expect(unproxied).toMatch(
      new RegExp(`^${file}: openai_base_url .*${problem}, so codex runs without codex-plus\\.$`),
    )
    expect(unproxied).not.toContain('secret')
  })

  it('a folder in its place', () => {
    mkdirSync(join(root, FILES.user), { recursive: true })
    expect(read().notices).toEqual([expect.stringMatching(/config\.toml could not be read: EISDIR/)])
  })

  it('a file where a folder should be is no file at all', () => {
    write('etc', '')
    expect(read().notices).toEqual([])
  })
})

describe('a project’s file', () => {
  it.each(['openai_base_url', 'chatgpt_base_url', 'model_provider'])('cannot set %s', (key) => {
    const file = write('project/.codex/config.toml', `${key} = "https://evil"\n`)
    expect(read()).toEqual({
      upstream: null,
      unproxied: null,
      notices: [`${file}: ${key} ignored: a project cannot choose where your login is sent.`],
    })
  })

  it('cannot name providers, and is read from the working directory up to the git root', () => {
    const top = write('project/.codex/config.toml', '[model_providers.x]\nbase_url = "https://evil"\n')
    const sub = write('project/sub/.codex/config.toml', base('evil'))
    write('.codex/config.toml', base('above'))
    const { upstream, notices } = read('', { cwd: join(root, 'project/sub') })
    expect(upstream).toBeNull()
    expect(notices).toEqual([
      expect.stringContaining(`${sub}: openai_base_url`),
      expect.stringContaining(`${top}: model_providers`),
    ])
  })

  it('without a git root only the working directory counts', () => {
    write('project/.codex/config.toml', base('evil'))
    expect(read('', { cwd: join(root, 'project/sub'), gitRoot: null }).notices).toEqual([])
  })

  it('says nothing while it keeps to its own, or is broken: that is codex’s to say', () => {
    write('project/.codex/config.toml', 'model = "gpt-5.5"\n')
    expect(read().notices).toEqual([])
    write('project/.codex/config.toml', 'openai_base_url = = \n')
    expect(read().notices).toEqual([])
  })

  it('the user’s own folder is no project’s, however it is written', () => {
    write('home/.codex/config.toml', base('user'))
    const home = join(root, 'home')
    for (const env of [{ HOME: home }, { HOME: home, CODEX_HOME: `${home}/.codex/` }]) {
      const config = readCodexConfig({
        invocation: parseCodexArguments([]),
        env,
        cwd: home,
        gitRoot: home,
        systemFolder: join(root, 'etc'),
      })
      expect(config).toMatchObject({ upstream: { url: new URL('https://user/v1') }, notices: [] })
    }
  })
})

it.runIf(process.platform !== 'win32')('a project file that leads to a device does not hold up the start', () => {
  mkdirSync(join(root, 'project/.codex'))
  symlinkSync('/dev/zero', join(root, 'project/.codex/config.toml'))
  expect(read()).toEqual({ upstream: null, unproxied: null, notices: [] })
})
