import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OwnFlags } from '../../src/codex/plus-flags.js'
import { whyNotAllowed } from '../../src/config/command-lists.js'
import { readSettings } from '../../src/config/settings.js'
import { trustFolder, untrustFolder } from '../../src/config/trust.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-settings-'))
  mkdirSync(join(root, 'project'))
  trustFolder(join(root, 'project'), { HOME: root })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const FILES = {
  local: 'project/.claude/settings.local.json',
  project: 'project/.claude/settings.json',
  user: 'config/codex-plus/settings.json',
} as const
type File = keyof typeof FILES

function write(name: File, content: unknown): string {
  const file = join(root, FILES[name])
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const read = (own: OwnFlags = {}, env: NodeJS.ProcessEnv = {}) =>
  readSettings({ own, env: { HOME: root, XDG_CONFIG_HOME: join(root, 'config'), ...env }, cwd: join(root, 'project') })

describe('without anything said', () => {
  it('are the defaults', async () => {
    expect(await read()).toEqual({
      settings: {
        upstream: null,
        echo: 'text',
        transport: 'cycletls',
        transportForced: false,
        profile: 'codex',
        websocket: 'auto',
        earlyConnection: true,
        safe: false,
        dialect: 'auto',
        commands: true,
        modules: true,
        moduleTimeoutMs: 30_000,
        commandLists: { allow: [], deny: [] },
        claudeMd: true,
        statusLine: false,
        protectClaude: true,
        permissions: true,
        mcp: true,
        sessions: true,
        sessionDays: 90,
        sessionMegabytes: 500,
        trace: false,
        hooks: { enabled: true, onError: 'open', timeoutMs: 5_000 },
        shellTimeoutMs: 120_000,
        log: { level: 'warn', file: null },
      },
      notices: [],
    })
  })

  it('a project’s settings of Claude Code are not judged', async () => {
    write('project', { hooks: {}, permissions: { allow: [] }, env: { MY_VAR: '1' }, unknownThing: 1 })
    expect((await read()).notices).toEqual([])
  })
})

describe('a folder that is not trusted', () => {
  it('can only forbid', async () => {
    untrustFolder(join(root, 'project'), { HOME: root })
    write('user', { dialect: 'auto', modules: true })
    const forbidding = { commands: false, modules: false, mcp: false, claudeMd: false }
    const lists = { denyCommands: ['deploy'], allowCommands: ['a'] }
    const file = write('project', { codexPlus: { ...forbidding, ...lists } })
    expect(await read()).toMatchObject({
      settings: { ...forbidding, commandLists: { allow: [{ patterns: ['a'] }], deny: [{ patterns: ['deploy'] }] } },
      notices: [],
    })
    write('user', { commands: false })
    const loosening = { commands: true, dialect: 'claude', echo: 'full', shellTimeoutMs: 1, moduleTimeoutMs: 1 }
    write('project', { codexPlus: loosening })
    const { settings, notices } = await read()
    expect(settings).toMatchObject({ commands: false, dialect: 'auto', echo: 'text', shellTimeoutMs: 120_000 })
    expect(notices).toEqual(
      Object.keys(loosening).map(
        (key) =>
          `${file}: codexPlus.${key} ignored: the folder is not trusted. Run \`codex-plus plus trust\` to trust it.`,
      ),
    )
  })

  it('and gives no file that leads out of it', async () => {
    untrustFolder(join(root, 'project'), { HOME: root })
    writeFileSync(join(root, 'outside.json'), JSON.stringify({ codexPlus: { commands: false } }))
    const file = join(root, FILES.project)
    mkdirSync(dirname(file), { recursive: true })
    symlinkSync('../../outside.json', file)
    expect(await read()).toMatchObject({
      settings: { commands: true },
      notices: [
        `${file} leads out of ${realpathSync(join(root, 'project'))}, which you have not trusted; it is ignored.`,
      ],
    })
    trustFolder(join(root, 'project'), { HOME: root })
    expect(await read()).toMatchObject({ settings: { commands: false }, notices: [] })
  })
})

describe('who wins', () => {
  it('flag, variable, local, project, user', async () => {
    // `echo` is what every one of them may say.
    const echo = async (own: OwnFlags = {}, env: NodeJS.ProcessEnv = {}) => (await read(own, env)).settings.echo
    expect(await echo()).toBe('text')
    write('user', { echo: 'full' })
    expect(await echo()).toBe('full')
    write('project', { codexPlus: { echo: 'text' } })
    expect(await echo()).toBe('text')
    write('local', { codexPlus: { echo: 'full' } })
    expect(await echo()).toBe('full')
    expect(await echo({}, { CODEX_PLUS_ECHO: 'text' })).toBe('text')
    expect(await echo({ '--plus-echo': 'full' }, { CODEX_PLUS_ECHO: 'text' })).toBe('full')
    expect(await echo({}, { CODEX_PLUS_ECHO: '' })).toBe('full')
  })

  it('every setting can come from a flag, a variable and the user’s file', async () => {
    const wanted = {
      upstream: new URL('https://x/v1'),
      echo: 'full',
      transport: 'native',
      transportForced: true,
      profile: 'chrome',
      websocket: 'on',
      earlyConnection: false,
      safe: true,
      permissions: true,
      protectClaude: true,
      dialect: 'claude',
      commands: true,
      modules: true,
      moduleTimeoutMs: 30_000,
      commandLists: { allow: [], deny: [] },
      claudeMd: true,
      statusLine: false,
      mcp: true,
      sessions: true,
      sessionDays: 90,
      sessionMegabytes: 500,
      trace: false,
      hooks: { enabled: true, onError: 'open', timeoutMs: 5_000 },
      shellTimeoutMs: 120_000,
      log: { level: 'debug', file: null },
    }
    const values = {
      upstream: 'https://x/v1',
      echo: 'full',
      transport: 'native',
      profile: 'chrome',
      websocket: 'on',
      dialect: 'claude',
      log: 'debug',
    }
    const named = (name: (key: string) => string) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [name(key), value]))
    const flags = await read({
      ...named((key) => `--plus-${key}`),
      '--plus-safe': true,
      '--plus-no-early-connection': true,
    })
    const variables = { CODEX_PLUS_SAFE: '1', CODEX_PLUS_EARLY_CONNECTION: '0' }
    const env = await read({}, { ...named((key) => `CODEX_PLUS_${key.toUpperCase()}`), ...variables })
    write('user', { $schema: './schema.json', ...values, safe: true, earlyConnection: false })
    const file = await read()
    for (const result of [flags, env, file]) expect(result).toEqual({ settings: wanted, notices: [] })
  })

  it.each<[own: OwnFlags, env: NodeJS.ProcessEnv, log: object]>([
    [{ '--plus-log': 'info' }, {}, { level: 'info', file: null }],
    [{ '--plus-log': '/x/log' }, {}, { level: 'info', file: '/x/log' }],
    [{ '--plus-log': '/x/log' }, { CODEX_PLUS_LOG: 'debug' }, { level: 'debug', file: '/x/log' }],
    [{ '--plus-log': 'off' }, { CODEX_PLUS_LOG: '/x/log' }, { level: 'off', file: '/x/log' }],
  ])('log: %j and %j', async (own, env, log) => {
    expect((await read(own, env)).settings.log).toEqual(log)
  })

  it('hooks: a switch, a word, or a table of the user’s own', async () => {
    write('user', { hooks: { onError: 'closed', timeoutMs: 100 } })
    const table = { enabled: true, onError: 'closed', timeoutMs: 100 }
    expect((await read()).settings.hooks).toEqual(table)
    expect((await read({ '--plus-no-hooks': true })).settings.hooks).toEqual({ ...table, enabled: false })
    expect((await read({}, { CODEX_PLUS_HOOKS: 'open' })).settings.hooks).toEqual({ ...table, onError: 'open' })
    expect((await read({}, { CODEX_PLUS_HOOKS: '0' })).settings.hooks.enabled).toBe(false)
    write('project', { codexPlus: { hooks: false } })
    const { settings, notices } = await read()
    expect(settings.hooks).toEqual(table)
    expect(notices).toEqual([expect.stringMatching(/codexPlus\.hooks ignored: a project's file cannot set it/)])
  })

  it.each<[value: string, safe: boolean]>([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ])('CODEX_PLUS_SAFE=%s', async (value, safe) => {
    expect((await read({}, { CODEX_PLUS_SAFE: value })).settings.safe).toBe(safe)
  })
})

describe('a bad flag or variable is refused', () => {
  it.each<[own: OwnFlags, env: NodeJS.ProcessEnv, message: string]>([
    [{ '--plus-upstream': 'nonsense' }, {}, '--plus-upstream: "nonsense" is not a URL.'],
    [{ '--plus-upstream': 'ftp://x' }, {}, '--plus-upstream: "ftp://x" is neither http nor https.'],
    [{}, { CODEX_PLUS_TRANSPORT: 'curl' }, 'CODEX_PLUS_TRANSPORT: transport cannot be "curl".'],
    [{ '--plus-profile': 'safari' }, {}, '--plus-profile: profile cannot be "safari".'],
    [{ '--plus-echo': 'all' }, {}, '--plus-echo: echo cannot be "all".'],
    [{}, { CODEX_PLUS_SAFE: 'yes' }, 'CODEX_PLUS_SAFE: expected 1 or 0, not "yes".'],
  ])('%j %j', async (own, env, message) => {
    await expect(read(own, env)).rejects.toMatchObject({
      code: 'CP_SETTINGS_INVALID',
      message,
      hint: expect.any(String),
    })
  })

  it('a URL with a password is refused without repeating it', async () => {
    const error: Error = await read({ '--plus-upstream': 'https://me:hunter2@x/v1' }).then(
      () => new Error('not refused'),
      (cause) => cause,
    )
    expect(error.message).toContain('carries credentials')
    expect(error.message).not.toContain('hunter2')
  })
})

describe('a project’s file', () => {
  it.each([
    ['upstream', 'https://evil/v1'],
    ['transport', 'native'],
    ['profile', 'chrome'],
    ['websocket', 'on'],
    ['earlyConnection', false],
    ['safe', true],
    ['log', '/tmp/x'],
  ])('may not set %s', async (key, value) => {
    const defaults = await read()
    for (const name of ['local', 'project'] as const) {
      const file = write(name, { codexPlus: { [key]: value } })
      const { settings, notices } = await read()
      expect(settings).toEqual(defaults.settings)
      expect(notices).toContain(
        `${file}: codexPlus.${key} ignored: a project's file cannot set it; put it in your own settings.`,
      )
    }
  })

  it('may not steer through env', async () => {
    const file = write('project', {
      env: { OPENAI_BASE_URL: 'x', https_proxy: 'x', NODE_OPTIONS: 'x', NODE_ENV: 'test', PATH: 'x', FINE: 'x' },
    })
    expect((await read()).notices).toEqual([
      expect.stringContaining(`${file}: env OPENAI_BASE_URL, https_proxy, NODE_OPTIONS ignored for codex-plus itself`),
    ])
  })
})

describe('what is wrong in a file costs that part and one line', () => {
  it.each<[content: unknown, message: RegExp]>([
    [
      { codexPlus: { nope: 1, echo: 'full' } },
      /settings\.json: codexPlus\.nope is not a setting of codex-plus \(known: upstream, echo, /,
    ],
    [{ codexPlus: { constructor: 1, echo: 'full' } }, /codexPlus\.constructor is not a setting/],
    ['{"codexPlus": {"__proto__": 1, "echo": "full"}}', /codexPlus\.__proto__ is not a setting/],
  ])('%j', async (content, message) => {
    write('project', content)
    const { settings, notices } = await read()
    expect(settings.echo).toBe('full')
    expect(notices).toEqual([expect.stringMatching(message)])
  })

  it.each<[key: string, value: unknown]>([
    ['upstream', 'nonsense'],
    ['upstream', 'https://a:b@x'],
    ['upstream', 5],
    ['echo', 'all'],
    ['transport', null],
    ['profile', ''],
    ['safe', 'yes'],
    ['log', ''],
  ])('the user’s %s: %j', async (key, value) => {
    const defaults = await read()
    const file = write('user', { [key]: value })
    const { settings, notices } = await read()
    expect(settings).toEqual(defaults.settings)
    expect(notices).toHaveLength(1)
    expect(notices[0]?.startsWith(`${file}: ${key} `)).toBe(true)
    expect(notices[0]).toContain('is not valid')
    expect(notices[0]).not.toContain('a:b@')
  })

  it.each([[null], [5], ['text'], [[1]]])('codexPlus: %j', async (value) => {
    const file = write('project', { codexPlus: value })
    expect((await read()).notices).toEqual([`${file}: codexPlus is not an object; it is ignored.`])
  })

  it.each<[text: string, line: number | null]>([
    ['{\n  "a": 1,\n  "b": nope\n}\n', 3],
    ['{\n  "a": 1\n  "b": 2\n}\n', 3],
    ['{\n  "a": 1,\n}\n', 3],
    ['{\n  // comment\n  "a": 1\n}\n', 2],
    ['{\n  "a": "text\n}\n', 2],
    ['{\n  "a": 1\n', 3],
    ['', 1],
    ['{}\n{}\n', 2],
    ['[]', null],
    ['5', null],
  ])('JSON %j', async (text, line) => {
    // Our own file may have comments and trailing commas; Claude Code's may not.
    const plain = !/\/\/|,\n}/.test(text)
    for (const name of plain ? (['user', 'project', 'local'] as const) : (['project', 'local'] as const)) {
      const file = write(name, text)
      const said =
        line === null
          ? `${file}: expected a JSON object; the file is ignored.`
          : `${file}:${line}: not valid JSON; the file is ignored.`
      expect((await read()).notices).toContain(said)
    }
  })

  it('a folder in its place', async () => {
    mkdirSync(join(root, FILES.user), { recursive: true })
    expect((await read()).notices).toEqual([expect.stringMatching(/could not be read \(EISDIR\); it is ignored/)])
  })
})

describe('which commands may run', () => {
  it('every list counts: a project can only narrow it, and a variable is split at commas', async () => {
    const user = write('user', { allowCommands: ['git:*', '/review'], denyCommands: ['git:push'] })
    const project = write('project', { codexPlus: { allowCommands: ['git:*'], denyCommands: ['git:rebase'] } })
    const { settings, notices } = await read({}, { CODEX_PLUS_DENY_COMMANDS: 'a, b' })
    expect(notices).toEqual([])
    expect(settings.commandLists).toEqual({
      allow: [
        { patterns: ['git:*'], where: project },
        { patterns: ['git:*', 'review'], where: user },
      ],
      deny: [
        { patterns: ['a', 'b'], where: 'CODEX_PLUS_DENY_COMMANDS' },
        { patterns: ['git:rebase'], where: project },
        { patterns: ['git:push'], where: user },
      ],
    })
    const why = (name: string) => whyNotAllowed(name, settings.commandLists)
    expect(why('git:log')).toBeNull()
    expect(why('git:push')).toBe(`/git:push is not run: denyCommands of ${user} names it.`)
    expect(why('git:rebase')).toBe(`/git:rebase is not run: denyCommands of ${project} names it.`)
    expect(why('review')).toBe(`/review is not run: allowCommands of ${project} does not name it.`)
  })
})
