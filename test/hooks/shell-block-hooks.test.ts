import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createCommandEngine } from '../../src/commands/command-engine.js'
import type { Expansion } from '../../src/commands/expansion.js'
import { runExpansionHooks } from '../../src/hooks/expansion-hooks.js'
import { commands, makePlace, type Place } from './place.js'

/** A hook that refuses what has `secret` in it, and lets everything else run. */
function refuses(answer: string): string {
  return `i=$(cat); case "$i" in *secret*) ${answer};; esac`
}

function decision(fields: object): string {
  const output = { hookSpecificOutput: { hookEventName: 'PreSkillShellCommand', ...fields } }
  return `printf '%s' '${JSON.stringify(output)}'`
}

describe.each(['auto', 'claude'] as const)('PreSkillShellCommand in the dialect %s', (dialect) => {
  let place: Place
  afterEach(() => place.remove())

  async function expand(prompt: string): Promise<Expansion> {
    const { project, env } = place
    const hooks = place.engine()
    const expander = createCommandEngine({
      cwd: project,
      env,
      dialect,
      shellTimeoutMs: 5000,
      assumeTrust: true,
      review: (command, args, text, { sessionId, effort, signal }) => {
        const common = { session_id: sessionId, cwd: project }
        return runExpansionHooks(hooks, { command, args, prompt: text, common, effort, signal })
      },
    })
    return await expander.expand(prompt, { sessionId: 's1', effort: 'low' })
  }

  const body = 'A !`echo one` B !`echo secret` C'

  it.each([
    ['deny', decision({ permissionDecision: 'deny', permissionDecisionReason: 'WHY' }), ': WHY'],
    ['ask', decision({ permissionDecision: 'ask', permissionDecisionReason: 'WHY' }), ': WHY'],
    ['defer', decision({ permissionDecision: 'defer' }), ''],
    ['a deny without a reason', decision({ permissionDecision: 'deny' }), ''],
    ['a legacy block', `printf '%s' '{"decision":"block","reason":"WHY"}'`, ': WHY'],
    ['exit code 2', 'echo WHY >&2; exit 2', ': WHY'],
    [
      'another input',
      decision({ updatedInput: { command: 'echo other' } }),
      ": the hook changed the command, which isn't supported here",
    ],
  ])('replaces only the block that %s refuses', async (_name, answer, reason) => {
    place = makePlace({ PreSkillShellCommand: commands(refuses(answer)) })
    place.write('project/.claude/commands/c.md', body)
    expect(await expand('/c')).toMatchObject({
      outcome: 'prompt',
      text: [`A one B [not run: blocked by hook${reason}] C`],
    })
  })

  it('is given the block, the command and who invoked it', async () => {
    place = makePlace({ PreSkillShellCommand: commands('cat >> "$ROOT/seen"') })
    place.write('project/.claude/skills/s/SKILL.md', body)
    expect((await expand('/s')).outcome).toBe('prompt')
    const seen = readFileSync(join(place.root, 'seen'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .sort((a, b) => (String(a.tool_use_id) < String(b.tool_use_id) ? -1 : 1))
    expect(seen).toEqual(
      ['echo one', 'echo secret'].map((command, at) => ({
        session_id: 's1',
        cwd: place.project,
        effort: { level: 'low' },
        hook_event_name: 'PreSkillShellCommand',
        tool_name: 'Bash',
        tool_input: { command },
        tool_use_id: expect.stringMatching(new RegExp(`^[0-9a-f-]{36}:inner:preamble-${at}$`)),
        command_name: 's',
        command_source: 'projectSettings',
        invoked_by: 'user',
      })),
    )
  })

  it('changes nothing with another exit code, and permits nothing that the rules do not', async () => {
    place = makePlace({ PreSkillShellCommand: commands(`${decision({ permissionDecision: 'allow' })}; exit 1`) })
    place.write('project/.claude/commands/c.md', 'A !`touch made` B')
    const { outcome, text } = await expand('/c')
    expect(existsSync(join(place.project, 'made'))).toBe(false)
    // `auto` hands a block that no rule allows over to the model.
    expect([outcome, text.join().includes('`touch made`')]).toEqual(
      dialect === 'auto' ? ['prompt', true] : ['local', false],
    )
  })

  it('matches by the tool, and has conditions', async () => {
    const deny = { type: 'command', command: 'exit 2' }
    place = makePlace({
      PreSkillShellCommand: [
        { matcher: 'Read', hooks: [deny] },
        { matcher: 'Bash', hooks: [{ ...deny, if: 'Bash(cat *)' }] },
      ],
    })
    place.write('project/f', 'text')
    place.write('project/.claude/commands/c.md', 'A !`echo one` B !`cat f` C')
    expect((await expand('/c')).text).toEqual(['A one B [not run: blocked by hook: No stderr output] C'])
  })

  it('may come from the front matter of the command itself', async () => {
    place = makePlace()
    const hooks = { PreSkillShellCommand: commands(refuses('echo WHY >&2; exit 2')) }
    place.write('project/.claude/commands/c.md', `---\nhooks: ${JSON.stringify(hooks)}\n---\n${body}`)
    expect((await expand('/c')).text).toEqual(['A one B [not run: blocked by hook: WHY] C'])
  })
})
