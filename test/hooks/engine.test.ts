import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readCommand } from '../../src/commands/read-command.js'
import { scaled } from '../time.js'
import { commands, makePlace, type Place } from './place.js'

const bash = { session_id: 's1', tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 'c1' }
const says = (event: string, fields: object): string =>
  `echo '${JSON.stringify({ hookSpecificOutput: { hookEventName: event, ...fields } })}'`

describe('the hook engine', () => {
  let place: Place
  afterEach(() => place.remove())

  it('lets deny win over ask over allow, with the reason of what won', async () => {
    const permission = (word: string) =>
      says('PreToolUse', { permissionDecision: word, permissionDecisionReason: `because ${word}` })
    place = makePlace({ PreToolUse: commands(permission('allow'), permission('deny'), permission('ask')) })
    expect(await place.engine().run('PreToolUse', bash)).toMatchObject({
      decision: 'deny',
      blocked: true,
      reason: 'because deny',
    })
    place.write('project/.claude/settings.json', {
      hooks: { PreToolUse: commands(permission('allow'), permission('ask')) },
    })
    expect(await place.engine().run('PreToolUse', bash)).toMatchObject({
      decision: 'ask',
      blocked: false,
      reason: 'because ask',
    })
  })

  it('takes the input of the last that finished, and contexts in the order they came', async () => {
    const slow = (seconds: number, word: string) =>
      `sleep ${seconds}; ${says('PreToolUse', { updatedInput: { command: word }, additionalContext: word })}`
    place = makePlace({ PreToolUse: commands(slow(0.6, 'last'), slow(0, 'first')) })
    expect(await place.engine().run('PreToolUse', bash)).toMatchObject({
      updatedInput: { command: 'last' },
      additionalContext: ['first', 'last'],
      runs: [{ outcome: 'success', exitCode: 0 }, { outcome: 'success' }],
    })
  })

  it('runs all hooks at once', async () => {
    place = makePlace({ Stop: commands(...Array.from({ length: 8 }, (_, index) => `sleep 2; true ${index}`)) })
    const begun = performance.now()
    expect((await place.engine().run('Stop', { session_id: 's1' })).runs).toHaveLength(8)
    expect(performance.now() - begun).toBeLessThan(scaled(12_000))
  })

  it('says nothing on stderr of many hooks that listen for the end', async () => {
    place = makePlace({ Stop: commands(...Array.from({ length: 12 }, (_, index) => `true ${index}`)) })
    const warnings: string[] = []
    const warned = ({ name }: Error): void => void warnings.push(name)
    process.on('warning', warned)
    await place.engine().run('Stop', { session_id: 's1' }, new AbortController().signal)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  it('tells every block of a Stop, and stops where a hook says so', async () => {
    place = makePlace({
      Stop: commands(
        `echo '{"decision":"block","reason":"A"}'`,
        `echo '{"continue":false,"stopReason":"S"}'`,
        'echo E >&2; exit 2',
      ),
    })
    const {
      blocked,
      reason,
      decision,
      continue: goesOn,
      stopReason,
    } = await place.engine().run('Stop', { session_id: 's' })
    expect({ blocked, decision, goesOn, stopReason }).toEqual({
      blocked: true,
      decision: null,
      goesOn: false,
      stopReason: 'S',
    })
    expect(reason?.split('\n').filter(Boolean).sort()).toEqual(['A', '[echo E >&2; exit 2]: E'])
  })

  it('blocks nothing where there is nothing to block', async () => {
    place = makePlace({ SessionStart: commands('exit 2', `echo '{"decision":"block","continue":false}'`) })
    const outcome = await place.engine().run('SessionStart', { session_id: 's', source: 'startup' })
    expect(outcome).toMatchObject({ blocked: false, continue: true })
    expect(outcome.runs.map(({ outcome: result }) => result).sort()).toEqual(['error', 'success'])
  })

  it('names what failed, and stops nothing by it unless asked to', async () => {
    place = makePlace({ PreToolUse: commands('echo oops >&2; exit 1') })
    const file = join(place.project, '.claude/settings.json')
    expect(await place.engine().run('PreToolUse', bash)).toMatchObject({
      blocked: false,
      runs: [{ outcome: 'error', exitCode: 1 }],
    })
    expect(place.notices).toEqual([`${file}: the PreToolUse hook [echo oops >&2; exit 1] exited with 1: oops.`])
    expect(await place.engine({ onError: 'closed' }).run('PreToolUse', bash)).toMatchObject({
      blocked: true,
      decision: 'deny',
      reason: 'The hook [echo oops >&2; exit 1] could not be evaluated: it exited with 1: oops.',
      runs: [{ outcome: 'error' }],
    })
  })

  it('says what it cannot do for a hook, and does the rest', async () => {
    place = makePlace({
      PostToolUse: commands(says('PostToolUse', { updatedToolOutput: 'x', additionalContext: 'C' })),
    })
    expect(await place.engine().run('PostToolUse', bash)).toMatchObject({
      additionalContext: ['C'],
      runs: [{ outcome: 'success' }],
    })
    expect(place.notices).toEqual([
      expect.stringContaining('returned updatedToolOutput, which codex does not support; it is ignored.'),
    ])
  })

  it('takes no part of an answer for the whole', async () => {
    const huge = `printf '{"a":"'; head -c 6000000 /dev/zero | tr '\\0' x; printf '"}'`
    place = makePlace({ PreToolUse: commands(huge) })
    const outcome = await place.engine({ onError: 'closed' }).run('PreToolUse', bash)
    expect(outcome).toMatchObject({ decision: 'deny', runs: [{ outcome: 'error', exitCode: 0 }] })
    expect(place.notices).toEqual([expect.stringContaining('printed too much')])
  })

  it('lets no credential into a line about a hook', async () => {
    place = makePlace({ PreToolUse: commands('echo "api_key=abcdef0123456789" >&2; exit 3 # sk-abcdefghijklmnop') })
    const { reason } = await place.engine({ onError: 'closed' }).run('PreToolUse', bash)
    expect(place.notices).toEqual([expect.stringContaining('exited with 3: api_key=[redacted]')])
    expect(`${reason?.split('evaluated')[1]} ${place.notices}`).not.toMatch(/abcdef/)
  })

  it('drops what a hook said that took too long', async () => {
    place = makePlace({
      UserPromptSubmit: [{ hooks: [{ type: 'command', command: 'echo early; sleep 60', timeout: 0.3 }] }],
    })
    const outcome = await place.engine().run('UserPromptSubmit', { session_id: 's', prompt: 'x' })
    expect(outcome).toMatchObject({ additionalContext: [], runs: [{ outcome: 'timeout', exitCode: null }] })
  })

  it('keeps what is too long for the model in a file', async () => {
    place = makePlace({ UserPromptSubmit: commands('head -c 12000 /dev/zero | tr "\\0" x') })
    const outputFolder = join(place.root, 'outputs')
    const { additionalContext } = await place
      .engine({ outputFolder })
      .run('UserPromptSubmit', { session_id: 's', prompt: 'x' })
    const [, file = ''] = /saved to: (\S+)/.exec(additionalContext[0] ?? '') ?? []
    expect(readFileSync(file, 'utf8')).toBe('x'.repeat(12_000))
    expect(additionalContext[0]?.length).toBeLessThan(2500)
  })

  it('does not wait for a hook that is async, and tells what it said later', async () => {
    const later = `sleep 3; echo '{"systemMessage":"MSG","hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"CTX"}}'`
    place = makePlace({ PostToolUse: [{ hooks: [{ type: 'command', command: later, async: true }] }] })
    const engine = place.engine()
    const begun = performance.now()
    expect(await engine.run('PostToolUse', bash)).toMatchObject({ runs: [], additionalContext: [] })
    expect(performance.now() - begun).toBeLessThan(scaled(2500))
    await engine.settled(scaled(15_000))
    place.write('project/.claude/settings.json', { hooks: {} })
    expect((await engine.run('PreToolUse', { ...bash, session_id: 'other' })).additionalContext).toEqual([])
    expect((await engine.run('PreToolUse', bash)).additionalContext).toEqual(['MSG\nCTX'])
    expect((await engine.run('PreToolUse', bash)).additionalContext).toEqual([])
  })

  it('leaves nothing in the background at the end of the session', async () => {
    place = makePlace({ Stop: commands('(sleep 1; touch "$ROOT/late") &') })
    const engine = place.engine()
    await engine.run('Stop', { session_id: 's1' })
    await engine.settled()
    await new Promise((resolve) => setTimeout(resolve, 1300))
    expect(existsSync(join(place.root, 'late'))).toBe(false)
  })

  it('ends at the end of the session what nobody waited for', async () => {
    const command = 'sleep 60; touch "$ROOT/late"'
    place = makePlace({ PostToolUse: [{ hooks: [{ type: 'command', command, async: true }] }] })
    const engine = place.engine()
    await engine.run('PostToolUse', bash)
    const begun = performance.now()
    await engine.settled(50)
    expect(performance.now() - begun).toBeLessThan(scaled(10_000))
    expect(place.notices).toEqual([expect.stringContaining('was cancelled')])
  })

  it("takes up a command's hooks for the rest of its session; `once` counts", async () => {
    place = makePlace()
    const path = place.write(
      'project/.claude/commands/c.md',
      '---\nhooks:\n  PreToolUse:\n    - matcher: Bash\n      hooks:\n        - type: command\n          command: echo x >> "$ROOT/once"\n          once: true\n        - type: command\n          command: echo x >> "$ROOT/always"\n  PostToolUse:\n    - hooks:\n        - type: command\n---\nB',
    )
    const command = readCommand({ name: 'c', path, source: 'project', skillFolder: null, trusted: true })
    if ('problem' in command) throw new Error(command.problem)
    const untrusted = place.engine({ assumeTrust: false })
    untrusted.invoked({ ...command, trusted: false }, 's1')
    expect([...untrusted.events()]).toEqual([])
    expect(place.notices.splice(0)).toEqual([
      expect.stringContaining('its hooks do not run in a folder you have not trusted'),
    ])
    const engine = place.engine()
    engine.invoked(command, 's1')
    engine.invoked(command, 's1')
    expect([...engine.events()]).toEqual(['PreToolUse'])
    expect(place.notices).toEqual([`${path}:11: hooks.PostToolUse[0].hooks[0] has no command.`])
    await engine.run('PreToolUse', bash)
    await engine.run('PreToolUse', bash)
    await engine.run('PreToolUse', { ...bash, session_id: 'other' })
    expect(readFileSync(join(place.root, 'once'), 'utf8')).toBe('x\n')
    expect(readFileSync(join(place.root, 'always'), 'utf8')).toBe('x\nx\n')
  })

  it('runs no hook whose condition is not met, nor one with a condition where there is no tool', async () => {
    const hook = (command: string, condition: string) => ({ type: 'command', command, if: condition })
    place = makePlace({
      PreToolUse: [{ hooks: [hook('touch "$ROOT/yes"', 'Bash(ls)'), hook('touch "$ROOT/no"', 'Bash(rm *)')] }],
      Stop: [{ hooks: [hook('touch "$ROOT/no"', 'Bash')] }],
    })
    await place.engine().run('PreToolUse', bash)
    await place.engine().run('Stop', { session_id: 's1' })
    expect(existsSync(join(place.root, 'yes'))).toBe(true)
    expect(existsSync(join(place.root, 'no'))).toBe(false)
  })

  it('ends the hooks of a session that ends after 1.5 s, unless they say otherwise', async () => {
    place = makePlace({ SessionEnd: commands('sleep 60') })
    const begun = performance.now()
    expect((await place.engine().run('SessionEnd', { session_id: 's', reason: 'other' })).runs).toMatchObject([
      { outcome: 'timeout' },
    ])
    expect(performance.now() - begun).toBeGreaterThan(1400)
    place.env.CLAUDE_CODE_SESSIONEND_HOOKS_TIMEOUT_MS = '50'
    const again = performance.now()
    await place.engine().run('SessionEnd', { session_id: 's', reason: 'other' })
    expect(performance.now() - again).toBeLessThan(scaled(1400))
  })

  it('says nothing where no hook is for the payload', async () => {
    place = makePlace({ PreToolUse: [{ matcher: 'Edit', hooks: [{ type: 'command', command: 'exit 2' }] }] })
    expect(await place.engine().run('PreToolUse', bash)).toMatchObject({ blocked: false, decision: null, runs: [] })
  })
})
