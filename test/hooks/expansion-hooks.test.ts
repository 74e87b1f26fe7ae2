import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createCommandEngine } from '../../src/commands/command-engine.js'
import { commandHookEvents } from '../../src/hooks/config/command-hooks.js'
import { runExpansionHooks } from '../../src/hooks/expansion-hooks.js'
import { commands, makePlace, type Place } from './place.js'

describe('UserPromptExpansion', () => {
  let place: Place
  afterEach(() => place.remove())

  function expand(prompt: string) {
    const { project, env } = place
    const hooks = place.engine()
    const expander = createCommandEngine({
      cwd: project,
      env,
      dialect: 'claude',
      shellTimeoutMs: 5000,
      assumeTrust: true,
      review: (command, args, text, { sessionId, signal }) =>
        runExpansionHooks(hooks, {
          command,
          args,
          prompt: text,
          common: { session_id: sessionId, cwd: project },
          signal,
        }),
    })
    return expander.expand(prompt, { sessionId: 's1', effort: null })
  }

  it('sends what its hooks say behind the text of the command', async () => {
    place = makePlace({
      UserPromptExpansion: commands(
        `cat > "$ROOT/seen"; echo '{"hookSpecificOutput":{"hookEventName":"UserPromptExpansion","additionalContext":"CTX"}}'`,
      ),
    })
    place.write('project/.claude/commands/c.md', 'BODY $ARGUMENTS')
    const { text } = await expand('/c x')
    expect(text).toEqual(['BODY x', 'UserPromptExpansion hook additional context: CTX'])
  })

  it('runs nothing of a command that is blocked, and says why', async () => {
    place = makePlace({ UserPromptExpansion: commands(`echo '{"decision":"block","reason":"NO"}'`) })
    place.write('project/.claude/commands/c.md', '---\nallowed-tools: Bash\n---\n!`touch ran`')
    const { outcome, message } = await expand('/c x')
    expect(outcome).toBe('local')
    expect(message).toBe('UserPromptExpansion operation blocked by hook:\nNO\n\nOriginal prompt: /c x')
    expect(existsSync(join(place.project, 'ran'))).toBe(false)
  })

  it('leaves prompts alone that are no commands', async () => {
    place = makePlace({ UserPromptExpansion: commands('touch "$ROOT/ran"') })
    expect((await expand('hello')).text).toEqual(['hello'])
    expect(existsSync(join(place.root, 'ran'))).toBe(false)
  })

  it('knows beforehand which events commands may bring hooks for', () => {
    place = makePlace()
    place.write('project/.claude/commands/c.md', '---\nhooks:\n  Stop:\n    - hooks: []\n---\nB')
    place.write('home/.claude/commands/d.md', 'hooks: none')
    expect([...commandHookEvents(place.project, place.env)]).toEqual(['Stop'])
    const hooks = place.engine({ commandEvents: () => commandHookEvents(place.project, place.env) })
    expect([...hooks.events()]).toEqual(['Stop'])
  })
})
