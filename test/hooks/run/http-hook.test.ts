import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { makePlace, type Place } from '../place.js'

/** A placeholder as Claude Code writes it. */
const braced = (name: string): string => `\${${name}}`
const bash = { session_id: 's1', tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 'c1' }

describe('hooks that are no commands', () => {
  let place: Place
  afterEach(() => place.remove())

  async function post(
    answer: { status?: number; body?: string; location?: string },
    hook: object = {},
    event = 'PreToolUse',
  ) {
    const seen: Array<{ request: IncomingMessage; body: string }> = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += String(part)
      seen.push({ request, body })
      const headers = answer.location === undefined ? {} : { location: answer.location }
      if (answer.status !== 0) response.writeHead(answer.status ?? 200, headers).end(answer.body ?? '')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
    place = makePlace({ [event]: [{ hooks: [{ type: 'http', url, timeout: 0.5, ...hook }] }] })
    Object.assign(place.env, { TOKEN: 'secret', OTHER: 'o' })
    try {
      return { outcome: await place.engine().run(event, bash), seen }
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  it('post the event, with the variables they may have in their headers', async () => {
    const headers = { Authorization: 'Bearer $TOKEN', 'X-B': `${braced('TOKEN')}-$OTHER.` }
    const body = JSON.stringify({
      hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: 'NO' },
    })
    const { outcome, seen } = await post({ body }, { headers, allowedEnvVars: ['TOKEN'] })
    expect(outcome).toMatchObject({ decision: 'deny', reason: 'NO', runs: [{ exitCode: null, outcome: 'blocked' }] })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(bash)
    expect(seen[0]?.request.headers).toMatchObject({
      authorization: 'Bearer secret',
      'x-b': 'secret-.',
      'content-type': 'application/json',
    })
  })

  it.each([
    [{ body: '' }, 'success'],
    [{ body: '{}' }, 'success'],
    [{ body: 'plain' }, 'error'],
    [{ body: '["a"]' }, 'error'],
    [{ status: 500, body: '{"decision":"block"}' }, 'error'],
    [{ status: 0 }, 'timeout'],
  ])('take %j for %s', async (answer, expected) => {
    const { outcome } = await post(answer)
    expect(outcome).toMatchObject({ blocked: false, runs: [{ outcome: expected }] })
  })

  it('do not follow a redirection, which could lead what is in their headers elsewhere', async () => {
    const { outcome, seen } = await post({ status: 307, location: '/other', body: '{"decision":"block"}' })
    expect(outcome).toMatchObject({ blocked: false, runs: [{ outcome: 'error' }] })
    expect(seen.map(({ request }) => request.url)).toEqual(['/x'])
  })

  it('are not asked before the first prompt', async () => {
    const { outcome, seen } = await post({ body: '{}' }, {}, 'SessionStart')
    expect(outcome.runs).toMatchObject([{ outcome: 'error' }])
    expect(seen).toEqual([])
  })

  it('call a tool with what the event says filled in; its text is their output', async () => {
    const input = {
      text: `cmd=${braced('tool_input.command')}`,
      list: [`${braced('session_id')}`, 1],
      none: `${braced('no.such')}`,
    }
    place = makePlace({ UserPromptSubmit: [{ hooks: [{ type: 'mcp_tool', server: 'srv', tool: 'echo', input }] }] })
    const calls: unknown[] = []
    const callTool = async (...call: unknown[]): Promise<string> => {
      calls.push(call.slice(0, 3))
      return 'TEXT'
    }
    const outcome = await place.engine({ callTool }).run('UserPromptSubmit', bash)
    expect(calls).toEqual([['srv', 'echo', { text: 'cmd=ls', list: ['s1', 1], none: `${braced('no.such')}` }]])
    expect(outcome).toMatchObject({
      additionalContext: ['TEXT'],
      runs: [{ command: 'mcp__srv__echo', outcome: 'success' }],
    })
    const none = await place.engine().run('UserPromptSubmit', bash)
    expect(none.runs).toMatchObject([{ outcome: 'error' }])
  })

  it('ask a model, whose no to a prompt stops the turn', async () => {
    place = makePlace({ UserPromptSubmit: [{ hooks: [{ type: 'prompt', prompt: 'Fine?', model: 'm' }] }] })
    const asked: Array<[string, string | null]> = []
    const modelCall = async (prompt: string, model: string | null): Promise<string> => {
      asked.push([prompt, model])
      return '```json\n{"ok": false, "reason": "WHY"}\n```'
    }
    expect(await place.engine({ modelCall }).run('UserPromptSubmit', bash)).toMatchObject({
      blocked: false,
      continue: false,
      stopReason: 'WHY',
    })
    expect(asked).toEqual([[expect.stringContaining(`Fine?\n\nARGUMENTS: ${JSON.stringify(bash)}`), 'm']])
  })

  it('do not hold the turn when the model does not answer', async () => {
    place = makePlace({ Stop: [{ hooks: [{ type: 'prompt', prompt: 'Done?', timeout: 0.2 }] }] })
    const outcome = await place.engine({ modelCall: () => new Promise(() => {}) }).run('Stop', { session_id: 's' })
    expect(outcome.runs).toMatchObject([{ outcome: 'timeout' }])
  })
})
