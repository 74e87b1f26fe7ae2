import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseCodexArguments } from '../../src/codex/parse-arguments.js'
import { codexServers, serverOverride } from '../../src/mcp/server-overrides.js'
import { readTimeouts } from '../../src/mcp/timeouts.js'
import { makePlace, type Place } from './place.js'

let place: Place
beforeEach(() => {
  place = makePlace()
  place.trust()
})
afterEach(() => place.remove())

/** The override of the one server, as codex would read it. */
function override(entry: object, settings: object = {}, env: NodeJS.ProcessEnv = {}): string {
  place.write('project/.mcp.json', { mcpServers: { srv: { command: 'node', ...entry } } })
  place.write('project/.claude/settings.json', settings)
  const [server] = place.find().servers
  if (server === undefined) throw new Error('no server')
  return serverOverride(server, 'http://127.0.0.1:1/secret', readTimeouts(env))
}

describe('the -c override', () => {
  it('has the URL and longer time limits than codex-plus', () => {
    expect(override({})).toBe(
      'mcp_servers.srv={url="http://127.0.0.1:1/secret/mcp/srv",startup_timeout_sec=35,tool_timeout_sec=100005}',
    )
    expect(override({}, {}, { MCP_TIMEOUT: '1500', MCP_TOOL_TIMEOUT: '60000' })).toContain(
      'startup_timeout_sec=7,tool_timeout_sec=65',
    )
    expect(override({ timeout: 1500 })).toContain('tool_timeout_sec=7')
    expect(override({ timeout: 500 })).toContain('tool_timeout_sec=100005')
  })

  it('is Claude Code’s permission rules in codex’s words', () => {
    expect(override({}, { permissions: { allow: ['mcp__srv'] } })).toContain('default_tools_approval_mode="approve"')
    expect(override({}, { permissions: { allow: ['mcp__srv__*'] } })).toContain('default_tools_approval_mode="approve"')
    const rules = { allow: ['mcp__srv__read', 'mcp__other__x'], deny: ['mcp__srv__drop'], ask: ['mcp__srv__write'] }
    expect(override({}, { permissions: rules })).toContain(
      'disabled_tools=["drop"],tools={"read"={approval_mode="approve"},"write"={approval_mode="prompt"}}',
    )
  })
})

it('names a tool as codex does, once it is known', () => {
  place.write('project/.mcp.json', { mcpServers: { srv: { command: 'node' } } })
  place.write('project/.claude/settings.json', {
    permissions: { allow: ['mcp__srv__save_it'], deny: ['mcp__srv__a_b'] },
  })
  const [server] = place.find().servers
  if (server === undefined) throw new Error('no server')
  expect(serverOverride(server, 'http://x', readTimeouts({}), ['save.it', 'a/b'])).toContain(
    'disabled_tools=["a/b"],tools={"save.it"={approval_mode="approve"}}',
  )
})

describe("codex's own servers", () => {
  it('are found in every layer, so that none is overwritten', () => {
    place.write('home/.codex/config.toml', '[mcp_servers.mine]\ncommand = "x"\n')
    place.write('home/.codex/work.config.toml', '[mcp_servers.profiled]\nurl = "x"\n')
    place.write('project/.codex/config.toml', '[mcp_servers.projects]\ncommand = "x"\n')
    place.write('etc/config.toml', '[mcp_servers.systems]\ncommand = "x"\n')
    mkdirSync(`${place.project}/sub`)
    writeFileSync(`${place.project}/sub/x`, '')
    const invocation = parseCodexArguments([
      '-p',
      'work',
      '-c',
      'mcp_servers.typed.url="x"',
      '-c',
      'mcp_servers={table={url="x"}}',
    ])
    const found = codexServers({
      invocation,
      env: place.env,
      cwd: `${place.project}/sub`,
      gitRoot: place.project,
      systemFolder: `${place.root}/etc`,
    })
    expect([...found.keys()].sort()).toEqual(['mine', 'profiled', 'projects', 'systems', 'table', 'typed'])
    expect(found.get('typed')).toBe('-c mcp_servers.typed.url')
  })
})
