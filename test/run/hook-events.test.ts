import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettings } from '../../src/config/settings.js'
import { NATIVE_EVENTS } from '../../src/hooks/codex/bridge/codex-events.js'
import type { Run } from '../../src/run/feature.js'
import { openHookEngines } from '../../src/run/hook-engine.js'
import { type Asked, unaskedHooks, unaskedRules, whatToAsk } from '../../src/run/hook-events.js'
import { openRunRules } from '../../src/run/run-rules.js'
import { commands, makePlace, type Place } from '../hooks/place.js'

let place: Place
beforeEach(() => {
  place = makePlace()
})
afterEach(() => place.remove())

interface Kind {
  readonly interactive?: boolean
  readonly serves?: boolean
  readonly grantsTrust?: boolean
}

/** What codex is asked in a run of a kind, and what of another folder is left out. */
async function ask(kind: Kind = {}): Promise<{ asked: Asked; unasked: unknown[] }> {
  const { settings } = await readSettings({ own: {}, env: place.env, cwd: place.project })
  const run = {
    folder: place.project,
    env: place.env,
    settings,
    interactive: false,
    serves: false,
    grantsTrust: false,
    ...kind,
    invocation: { prompt: { text: 'go' }, subcommand: ['exec'] },
    notices: { say: (line: string) => void place.notices.push(line) },
    snapshot: { generation: () => 0, read: undefined, keep() {} },
    confirmedOf: () => {},
    offers: {},
  } as unknown as Run
  const [engines, rules] = [openHookEngines(run), openRunRules(run)]
  const asked = whatToAsk(run, engines.of(place.project), rules)
  const other = join(place.root, 'other')
  return { asked, unasked: [unaskedHooks(engines.of(other), asked), unaskedRules(rules.of(other), asked)] }
}

const OTHER = 'other/.claude/settings.json'
const know = (): void => void place.write('home/.codex/config.toml', `[projects."${join(place.root, 'other')}"]\n`)
const GUARD = { PreToolUse: commands('exit 2') }

describe('codex is asked about', () => {
  it('nothing where there are no hooks and rules, the app-server excepted', async () => {
    for (const kind of [{}, { interactive: true }]) {
      expect((await ask(kind)).asked).toEqual({ events: [], tools: [], rulesForbid: false, matchers: {} })
    }
    const { asked, unasked } = await ask({ serves: true })
    expect(asked).toMatchObject({ events: Object.keys(NATIVE_EVENTS), rulesForbid: true, matchers: {} })
    expect(unasked).toEqual([null, null])
  })

  it('the tools of a rule alone, and all of them for a hook', async () => {
    place.write('project/.claude/settings.json', { permissions: { deny: ['Bash(rm *)'] } })
    expect((await ask()).asked).toEqual({
      events: ['PreToolUse'],
      tools: ['Bash'],
      rulesForbid: true,
      matchers: { PreToolUse: '^(?:Bash)$' },
    })
    place.write('project/.claude/settings.json', { permissions: { deny: ['Bash(rm *)'] }, hooks: GUARD })
    expect((await ask()).asked).toMatchObject({ events: ['PreToolUse', 'PermissionRequest'], matchers: {} })
  })

  it('what a known folder needs, in the TUI alone', async () => {
    know()
    place.write(OTHER, { permissions: { deny: ['WebFetch'], allow: ['Bash(ls *)'] } })
    const { asked, unasked } = await ask({ interactive: true })
    expect(asked).toMatchObject({
      events: ['PreToolUse', 'PermissionRequest'],
      matchers: { PreToolUse: '^(?:web[._]*run)$' },
    })
    expect(unasked).toEqual([null, null])
    expect((await ask()).asked.events).toEqual([])
  })

  it('what a mode needs that counts once the folder is trusted', async () => {
    place.write('project/.claude/settings.json', { permissions: { defaultMode: 'acceptEdits' } })
    expect((await ask()).asked.events).toEqual(['PermissionRequest'])
    place.write('project/.claude/settings.json', { permissions: { defaultMode: 'plan' } })
    expect((await ask()).asked).toMatchObject({ events: ['PreToolUse'], matchers: {} })
  })
})

describe('of a folder that nobody knew', () => {
  it('the guards that codex does not ask about are found, rules of other tools and hooks behind a matcher included', async () => {
    place.write('home/.local/state/codex-plus/trusted.json', { folders: [join(place.root, 'other')] })
    place.write('project/.claude/settings.json', { permissions: { deny: ['Bash(rm *)'] } })
    place.write(OTHER, { permissions: { deny: ['Bash(mv *)'] } })
    expect((await ask({ interactive: false })).unasked).toEqual([null, null])
    place.write(OTHER, { permissions: { deny: ['Bash(mv *)'], ask: ['WebSearch'] }, hooks: GUARD })
    const files = [join(place.root, OTHER)]
    expect((await ask()).unasked).toEqual([
      { what: ['PreToolUse'], guards: true, files },
      { what: ['Bash(mv *)', 'WebSearch'], guards: true, files },
    ])
  })
})
