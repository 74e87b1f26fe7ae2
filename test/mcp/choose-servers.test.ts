import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { trustFolder } from '../../src/config/trust.js'
import { checkEntry } from '../../src/mcp/server-entry-schema.js'
import { makePlace, type Place } from './place.js'

let place: Place
beforeEach(() => {
  place = makePlace()
  place.trust()
})
afterEach(() => place.remove())

const server = (name: string): object => ({ command: 'node', args: [name] })
const shown = (cwd?: string): unknown[] =>
  place
    .find(cwd)
    .servers.map(({ name, scope, kept, value }) => [name, scope, kept, (value as { args?: string[] }).args?.[0]])

describe('where servers come from', () => {
  it('is local before project before user, the whole entry of the first', () => {
    place.write('project/.mcp.json', { mcpServers: { a: server('project'), b: server('project') } })
    place.write('home/.claude.json', {
      mcpServers: { a: server('user'), b: server('user'), c: server('user') },
      projects: { [place.project]: { mcpServers: { a: server('local') } } },
    })
    expect(shown()).toEqual([
      ['a', 'local', null, 'local'],
      ['b', 'project', null, 'project'],
      ['c', 'user', null, 'user'],
    ])
  })

  it('is every .mcp.json from the working directory to the root, the nearest first', () => {
    place.write('.mcp.json', { mcpServers: { a: server('above'), x: server('above') } })
    place.write('project/.mcp.json', { mcpServers: { a: server('root'), r: server('root') } })
    place.write('project/sub/.mcp.json', { mcpServers: { a: server('sub') } })
    const rows = (above: string | null) => [
      ['a', 'project', null, 'sub'],
      ['r', 'project', null, 'root'],
      ['x', 'project', above, 'above'],
    ]
    // A folder above the trusted one needs a trust of its own.
    expect(shown(`${place.project}/sub`)).toEqual(rows('untrusted'))
    expect(place.find(`${place.project}/sub`).problems).toEqual([
      `MCP server x of ${place.root}/.mcp.json waits for your trust: run \`codex-plus plus trust ${place.root}\`, or disable them.`,
    ])
    trustFolder(place.root, place.env)
    expect(shown(`${place.project}/sub`)).toEqual(rows(null))
  })

  it('follows CLAUDE_CONFIG_DIR, and takes nothing from settings.json or .claude/.mcp.json', () => {
    place.write('elsewhere/.claude.json', { mcpServers: { there: server('x') } })
    place.write('home/.claude.json', { mcpServers: { here: server('x') } })
    place.write('project/.claude/settings.json', { mcpServers: { settings: server('x') } })
    place.write('project/.claude/.mcp.json', { mcpServers: { folder: server('x') } })
    expect(shown().map((row) => (row as string[])[0])).toEqual(['here'])
    place.env.CLAUDE_CONFIG_DIR = `${place.root}/elsewhere`
    expect(shown().map((row) => (row as string[])[0])).toEqual(['there'])
  })
})

describe('which servers run', () => {
  it('none of a project that is not trusted, with one message; the user’s own do', () => {
    place.write('home/.codex/config.toml', '')
    place.write('project/.mcp.json', { mcpServers: { a: server('x'), b: server('x') } })
    place.write('home/.claude.json', { mcpServers: { mine: server('x') } })
    const { servers, problems } = place.find()
    expect(servers.map(({ name, kept }) => [name, kept])).toEqual([
      ['a', 'untrusted'],
      ['b', 'untrusted'],
      ['mine', null],
    ])
    expect(problems).toEqual([
      'MCP servers a, b of .mcp.json wait for your trust: run `codex-plus plus trust`, or disable them.',
    ])
  })

  it.each([
    ['the settings of the user', 'home/.claude/settings.json'],
    ['the settings of the project', 'project/.claude/settings.json'],
    ['the local settings', 'project/.claude/settings.local.json'],
  ])('not one that %s disable, whatever enables it', (_, file) => {
    place.write('project/.mcp.json', { mcpServers: { a: server('x'), b: server('x') } })
    place.write(file, {
      disabledMcpjsonServers: ['a'],
      enabledMcpjsonServers: ['a'],
      enableAllProjectMcpServers: true,
    })
    expect(shown().map((row) => (row as string[]).slice(0, 3))).toEqual([
      ['a', 'project', 'disabled'],
      ['b', 'project', null],
    ])
  })

  it('not one that the project’s entry of ~/.claude.json disables', () => {
    place.write('project/.mcp.json', { mcpServers: { a: server('x') } })
    place.write('home/.claude.json', { projects: { [place.project]: { disabledMcpjsonServers: ['a'] } } })
    expect(place.find().servers[0]).toMatchObject({ kept: 'disabled' })
  })

  it('invalid entries are reported with file and line; the others are kept', () => {
    place.write(
      'project/.mcp.json',
      `{ "mcpServers": {
        "pigeon": { "type": "carrier-pigeon", "url": "x" },
        "typeless": { "url": "http://127.0.0.1:1/mcp" },
        "empty": {},
        "list": [],
        "good": { "command": "node", "disabled": true, "cwd": "/elsewhere" } } }`,
    )
    const { servers, problems } = place.find()
    expect(servers.filter(({ kept }) => kept === null).map(({ name }) => name)).toEqual(['good'])
    const file = `${place.project}/.mcp.json`
    expect(problems).toEqual([
      `${file}:2: MCP server 'pigeon' is ignored: its type "carrier-pigeon" is not one of stdio, http, streamable-http, sse.`,
      `${file}:3: MCP server 'typeless' is ignored: it has a "url" but no "type"; give "type": "http" or "sse".`,
      `${file}:4: MCP server 'empty' is ignored: it has no "command".`,
      `${file}:5: MCP server 'list' is ignored: it is not an object.`,
    ])
  })

  it.each([
    ['comments', '// c\n{ "mcpServers": {} }', /\.mcp\.json:1: not valid JSON/],
    ['a list', '[]', /expected a JSON object/],
    ['servers without mcpServers', '{ "srv": { "command": "node" } }', /there is no "mcpServers" key/],
    ['a wrong mcpServers', '{\n "mcpServers": [] }', /\.mcp\.json:2: "mcpServers" is not an object/],
  ])('a file with %s is reported', (_, text, line) => {
    place.write('project/.mcp.json', text)
    place.write('home/.claude.json', { mcpServers: { mine: server('x') } })
    const { servers, problems } = place.find()
    expect(servers.map(({ name }) => name)).toEqual(['mine'])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(line)
  })

  it('an empty file is no mistake', () => {
    place.write('project/.mcp.json', '{}')
    expect(place.find()).toMatchObject({ servers: [], problems: [] })
  })

  it('of two names that codex would write alike, the first', () => {
    place.write('project/.mcp.json', {
      mcpServers: { 'my server': server('1'), 'my.server': server('2'), ünï: server('3') },
    })
    expect(place.find().servers.map(({ id, kept }) => [id, kept])).toEqual([
      ['my_server', null],
      ['my_server', 'hidden'],
      ['_n_', null],
    ])
  })

  it('not one that permissions.deny names as a whole', () => {
    place.write('project/.mcp.json', { mcpServers: { a: server('x'), b: server('x'), c: server('x') } })
    place.write('project/.claude/settings.json', {
      permissions: { deny: ['mcp__a', 'mcp__b__*', 'mcp__c__drop'], allow: ['mcp__c__read'] },
    })
    const { servers } = place.find()
    expect(servers.map(({ kept }) => kept)).toEqual(['denied', 'denied', null])
    expect(servers[2]?.access).toMatchObject({ deniedTools: ['drop'], allowedTools: ['read'], allowed: false })
  })
})

it('a server without a name is ignored: codex would not start with it', () => {
  place.trust()
  place.write('project/.mcp.json', { mcpServers: { '': server('a'), srv: server('b') } })
  expect(place.find().servers.map(({ id, kept }) => [id, kept])).toEqual([
    ['', 'bad'],
    ['srv', null],
  ])
})

it.runIf(process.platform !== 'win32')('a .mcp.json that leads to a device is a line, and no end of reading', () => {
  symlinkSync('/dev/zero', join(place.project, '.mcp.json'))
  expect(place.find().problems).toEqual([
    `${join(place.project, '.mcp.json')} could not be read (not a regular file); it is ignored.`,
  ])
})

it('a variable in an invalid url is not printed', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of .mcp.json
  const entry = { type: 'http', url: 'ftp://x/?key=${TOKEN}' }
  expect(checkEntry(entry, { TOKEN: 'secret-value' })).toEqual({
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of .mcp.json
    problem: 'url "ftp://x/?key=${TOKEN}" is not an http(s) URL',
  })
})
