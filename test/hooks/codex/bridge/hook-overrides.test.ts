import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { parseCodexArguments } from '../../../../src/codex/parse-arguments.js'
import { inlineToml } from '../../../../src/config/inline-toml.js'
import { NATIVE_EVENTS, nativeEvents } from '../../../../src/hooks/codex/bridge/codex-events.js'
import { hookOverrides, trustHash } from '../../../../src/hooks/codex/bridge/hook-overrides.js'
import { EVENT_SUPPORT } from '../../../../src/hooks/config/event-support.js'

const KEY = '/<session-flags>/config.toml'
const added = (event: string): object => ({
  type: 'command',
  command: `ask ${event}`,
  timeout: event === 'SessionEnd' ? 3 : 86_400,
  async: false,
})
const make = (events: string[], ...args: string[]): ReturnType<typeof hookOverrides> =>
  hookOverrides(nativeEvents(new Set(events)), (event) => `ask ${event}`, parseCodexArguments(args).overrides)
const table = (text: string): unknown => parse(text)

describe('the overrides that add the hooks of codex-plus', () => {
  it('are none without an event', () => {
    expect(make([])).toEqual({ overrides: [], replaced: new Map() })
    expect(make(['UserPromptExpansion', 'Setup'])).toEqual({ overrides: [], replaced: new Map() })
  })

  it('are one hook an event and the trust of them all', () => {
    const { overrides } = make(['Stop', 'PreToolUse'])
    expect(table(overrides.join('\n'))).toMatchObject({
      hooks: {
        PreToolUse: [{ hooks: [added('PreToolUse')] }],
        Stop: [{ hooks: [added('Stop')] }],
        state: {
          [`${KEY}:pre_tool_use:0:0`]: { trusted_hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
          [`${KEY}:stop:0:0`]: { trusted_hash: expect.any(String) },
        },
      },
    })
  })

  it('carry what codex has no event for', () => {
    expect(nativeEvents(new Set(['Notification']))).toEqual(['PermissionRequest'])
    expect(nativeEvents(new Set(['SessionEnd']))).toEqual(['SessionStart', 'SessionEnd'])
    expect(nativeEvents(new Set(['PostToolUseFailure']))).toEqual(['PreToolUse', 'PostToolUse', 'Stop'])
  })

  it('stand in one table with the user’s own, in the place of the last of them', () => {
    const { overrides, replaced } = make(
      ['PreToolUse'],
      ...['-c', 'hooks.PreToolUse=[{matcher="x",hooks=[{type="command",command="theirs"}]}]', 'exec'],
      ...['-c', 'hooks.state={"theirs"={trusted_hash="sha256:1"}}', '-c', 'hooks.Stop=[]', 'go'],
    )
    expect(overrides).toEqual([])
    const [[index, text] = [-1, '']] = [...replaced]
    expect(index).toBe(6)
    expect(table(text)).toEqual({
      hooks: {
        PreToolUse: [
          { matcher: 'x', hooks: [{ type: 'command', command: 'theirs' }] },
          { hooks: [added('PreToolUse')] },
        ],
        Stop: [],
        state: {
          theirs: { trusted_hash: 'sha256:1' },
          [`${KEY}:pre_tool_use:1:0`]: { trusted_hash: expect.any(String) },
        },
      },
    })
  })

  it('know a hook by the hash codex gives it', () => {
    // As app-server `hooks/list` of codex 0.169 reports it for this hook.
    const handler = { type: 'command', command: '/bin/true', timeout: 10, async: false }
    expect(trustHash('PreToolUse', handler)).toBe(
      'sha256:c087ff0e50465a7ec5c7d7a19dfc18c0253a9c3526e6bf9a52a52018e8ba53b4',
    )
  })
})

describe('TOML on one line', () => {
  it('reads as what it was written from', () => {
    const value = {
      'a key': 'a "text"\n\u007f\u0001 é 😀',
      list: [1, 2.5, true, { nested: [] }],
      when: new Date('2026-01-02T03:04:05Z'),
    }
    expect(parse(`v = ${inlineToml(value)}`).v).toEqual({ ...value, when: expect.any(Date) })
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(inlineToml)).toEqual([
      'nan',
      'inf',
      '-inf',
    ])
  })
})

describe('the list of events', () => {
  it('says of every event of codex what serves it, and why the others are not', () => {
    const served = EVENT_SUPPORT.filter(({ by }) => by !== null).map(({ event }) => event)
    for (const event of Object.keys(NATIVE_EVENTS)) expect(served).toContain(event)
    for (const { by, note } of EVENT_SUPPORT) expect(by ?? note).toBeTruthy()
    expect(new Set(EVENT_SUPPORT.map(({ event }) => event)).size).toBe(EVENT_SUPPORT.length)
  })
})
