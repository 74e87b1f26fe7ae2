import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { says } from '../fixtures/upstream/scripted.js'
import { fixture } from '../mcp/place.js'
import { callsSleep, classicCall, codeCall, configure, EVERYTHING, lastOutput, searches } from './mcp-calls.js'
import { useScene } from './scene.js'

const scene = useScene()
const { run } = scene

/** What the server's tool answers without codex in between. */
async function direct(server: string, tool: string, input: object): Promise<JsonObject> {
  const { stdout } = await run('plus', 'mcp', 'call', server, tool, JSON.stringify(input), '--json')
  return JSON.parse(stdout) as JsonObject
}

describe('a tool of a server of .mcp.json', () => {
  it.each([
    ['echo', { message: 'hi there' }],
    ['get-sum', { a: 3, b: 4 }],
    ['get-structured-content', { location: 'New York' }],
    ['get-annotated-message', { messageType: 'error', includeImage: false }],
  ])('answers in code mode as in a direct call: %s', async (tool, input) => {
    configure(scene.lab, { every: { command: 'node', args: [EVERYTHING] } })
    // The server takes its time: codex itself waits a second for it, and finds it there with the next request.
    scene.script = (n) => [
      n === 0 ? callsSleep() : n === 1 ? codeCall(n, `mcp__every__${tool.replaceAll('-', '_')}`, input) : says('done'),
    ]
    const result = await run('exec', 'go')
    expect(result).toMatchObject({ code: 0, stdout: 'done\n' })
    const { content, structuredContent } = await direct('every', tool, input)
    const seen = JSON.parse(lastOutput(scene.upstream, 2).at(-1) ?? '') as JsonObject
    expect(seen.content).toEqual(content)
    expect(seen.structuredContent).toEqual(structuredContent)
  })

  it('answers a classic model, which searches for it first', async () => {
    configure(scene.lab, { srv: fixture() })
    scene.script = (n) => {
      if (n === 0) return [searches('echo')]
      return [n === 1 ? classicCall(n, 'mcp__srv', 'echo', { text: 'hi' }) : says('done')]
    }
    expect(await run('exec', '-m', 'gpt-5.5', 'go')).toMatchObject({ code: 0, stdout: 'done\n' })
    expect(lastOutput(scene.upstream, 2).at(-1)).toBe('echo:hi')
  })

  it('is called as the permission rules say', async () => {
    const log = join(scene.lab.root, 'asked.log')
    configure(
      scene.lab,
      { srv: fixture('--log', log) },
      { permissions: { allow: ['mcp__srv__echo'], deny: ['mcp__srv__env'] } },
    )
    const names =
      'text(JSON.stringify(ALL_TOOLS.map((tool) => tool.name).filter((name) => name.startsWith("mcp__srv"))))'
    scene.script = (n) => {
      if (n === 0) return [{ type: 'custom_tool_call', id: 'a', call_id: 'a', name: 'exec', input: names }]
      if (n === 1) return [codeCall(n, 'mcp__srv__echo', { text: 'allowed' })]
      return [n === 2 ? codeCall(n, 'mcp__srv__pid', {}) : says('done')]
    }
    expect(await run('exec', 'go')).toMatchObject({ code: 0 })
    const tools = JSON.parse(lastOutput(scene.upstream, 1).at(-1) ?? '[]') as string[]
    expect(tools).toContain('mcp__srv__echo')
    expect(tools).not.toContain('mcp__srv__env')
    expect(lastOutput(scene.upstream, 2).at(-1)).toContain('echo:allowed')
    expect(lastOutput(scene.upstream, 3).at(-1)).toContain('requires approval')
    expect(readFileSync(log, 'utf8')).not.toContain('"pid"')
  })

  it('is not there in a folder that is not trusted, and one line says so', async () => {
    const log = join(scene.lab.root, 'asked.log')
    configure(scene.lab, { srv: fixture('--log', log) })
    const config = join(scene.lab.codexHome, 'config.toml')
    writeFileSync(config, readFileSync(config, 'utf8').replace('"trusted"', '"untrusted"'))
    const { stderr, code } = await run('exec', '--skip-git-repo-check', 'go')
    expect(code).toBe(0)
    expect(stderr).toMatch(/^codex-plus: \S+ is not trusted, so these do not run: 1 MCP server \(\.mcp\.json\)\. /m)
    expect(existsSync(log)).toBe(false)
  })

  it("leaves the user's own server of that name alone, and says so", async () => {
    const ours = join(scene.lab.root, 'ours.log')
    const theirs = join(scene.lab.root, 'theirs.log')
    configure(scene.lab, { srv: fixture('--log', ours), other: fixture() })
    const own = fixture('--log', theirs)
    const { stderr, code } = await run(
      'exec',
      '-c',
      `mcp_servers.srv={command=${JSON.stringify(own.command)},args=${JSON.stringify(own.args)}}`,
      'go',
    )
    expect(code).toBe(0)
    expect(stderr).toContain("MCP server 'srv' is left out: codex has a server of that name (-c mcp_servers.srv)")
    expect(existsSync(ours)).toBe(false)
    expect(existsSync(theirs)).toBe(true)
  })
})

describe('hooks', () => {
  it('see the calls of MCP tools, and may refuse them', async () => {
    const log = join(scene.lab.root, 'asked.log')
    const seen = join(scene.lab.root, 'seen')
    const hook = (event: string, command: string): object => ({
      [event]: [{ matcher: 'mcp__srv__.*', hooks: [{ type: 'command', command }] }],
    })
    scene.lab.write(
      'guard.sh',
      `cat >> ${seen}; grep -q FORBIDDEN ${seen} && { echo "not this one" >&2; exit 2; }; exit 0`,
    )
    configure(
      scene.lab,
      { srv: fixture('--log', log) },
      {
        permissions: { allow: ['mcp__srv'] },
        hooks: { ...hook('PreToolUse', 'sh guard.sh'), ...hook('PostToolUse', `cat >> ${seen}`) },
      },
    )
    scene.script = (n) => {
      if (n === 0) return [callsSleep(0.5)]
      if (n === 1) return [codeCall(n, 'mcp__srv__echo', { text: 'hi' })]
      return [n === 2 ? codeCall(n, 'mcp__srv__env', { name: 'FORBIDDEN' }) : says('done')]
    }
    expect(await run('exec', 'go')).toMatchObject({ code: 0 })
    expect(lastOutput(scene.upstream, 2).at(-1)).toContain('echo:hi')
    expect(lastOutput(scene.upstream, 3).at(-1)).toContain('not this one')
    expect(readFileSync(seen, 'utf8')).toMatch(/"PreToolUse".*"mcp__srv__echo"|"mcp__srv__echo".*"PreToolUse"/)
    expect(readFileSync(seen, 'utf8')).toContain('PostToolUse')
    expect(readFileSync(log, 'utf8')).not.toContain('"env"')
  })

  it('may be tools of a server', async () => {
    const log = join(scene.lab.root, 'asked.log')
    configure(
      scene.lab,
      { srv: fixture('--log', log) },
      {
        hooks: {
          UserPromptSubmit: [
            { hooks: [{ type: 'mcp_tool', server: 'srv', tool: 'echo', input: { text: 'from the hook' } }] },
          ],
        },
      },
    )
    await run('exec', 'go')
    expect(readFileSync(log, 'utf8')).toContain('from the hook')
  })
})

describe('a prompt of a server', () => {
  /** The user's own texts of the n-th model request. */
  const texts = (n: number): string[] => findUserTexts(scene.upstream.turns[n]?.body ?? {}).map(({ text }) => text)

  it('is a command, with its arguments, and the same bytes in every later request', async () => {
    configure(scene.lab, { srv: fixture() })
    scene.script = (n) => [n === 0 ? callsSleep() : says('done')]
    expect(await run('exec', '/mcp__srv__greet bob loud extra')).toMatchObject({ code: 0, stdout: 'done\n' })
    expect(texts(0)).toEqual(['PROMPT greet {"who":"bob","how":"loud"}'])
    expect(texts(1)).toEqual(texts(0))
    expect(await run('exec', '/srv:greet (MCP) eve')).toMatchObject({ code: 0 })
    expect(texts(2)).toEqual(['PROMPT greet {"who":"eve"}'])
  })

  it('says what is missing without asking the model', async () => {
    configure(scene.lab, { srv: fixture() })
    const { code, stdout, stderr } = await run('exec', '/mcp__srv__greet')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('Missing required argument: who. Usage: /mcp__srv__greet who how')
    expect(scene.upstream.turns).toHaveLength(0)
  })

  it('brings every message of it, and nothing of it is looked through for more', async () => {
    configure(scene.lab, { srv: fixture() })
    scene.lab.write('f.txt', 'secret\n')
    await run('exec', '/mcp__srv__several')
    expect(texts(0)).toEqual(['one', 'two', 'three @f.txt !`x` $1'])
  })

  it('is listed from the last run, and asked for with --mcp', async () => {
    configure(scene.lab, { srv: fixture() })
    const listed = async (...flags: string[]): Promise<string[]> => {
      const { stdout } = await run('commands', 'list', '--json', ...flags)
      const { commands } = JSON.parse(stdout) as { commands: Array<{ name: string; source: string }> }
      return commands.filter(({ source }) => source === 'mcp').map(({ name }) => name)
    }
    const names = ['mcp__srv__greet', 'mcp__srv__noargs', 'mcp__srv__several']
    expect(await listed()).toEqual([])
    expect(await listed('--mcp')).toEqual(names)
    expect(await listed()).toEqual(names)
  })
})

describe('a resource of a server', () => {
  it('is attached where a prompt mentions it, with or without a command', async () => {
    configure(scene.lab, { srv: fixture() })
    scene.lab.write('.claude/commands/look.md', 'Look at @srv:doc://one, please.\n')
    const resource =
      'Full contents of resource:\nRESOURCE doc://one\nDo NOT read this resource again unless you think it may have changed, since you already have the full contents.'
    const parts = (n: number): unknown[] => findUserTexts(scene.upstream.turns[n]?.body ?? {}).map(({ text }) => text)
    await run('exec', 'see @srv:doc://one, and @srv:doc://none')
    expect(parts(0)).toEqual(['see @srv:doc://one, and @srv:doc://none', resource])
    await run('exec', '/look')
    expect(parts(1)).toEqual(['Look at @srv:doc://one, please.\n', resource])
    await run('exec', 'see @srv:doc://none and @other:doc://one')
    expect(parts(2)).toEqual(['see @srv:doc://none and @other:doc://one'])
  })
})
