import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCommandEngine } from '../../src/commands/command-engine.js'
import { numberNotes } from '../../src/commands/number-notes.js'
import { type Command, readCommand } from '../../src/commands/read-command.js'
import { makePlace, type Place } from '../hooks/place.js'

let place: Place
beforeEach(() => {
  place = makePlace()
})
afterEach(() => place.remove())

const engine = (dialect: 'auto' | 'claude') =>
  createCommandEngine({ cwd: place.project, env: place.env, dialect, shellTimeoutMs: 5000, assumeTrust: true })

describe.each(['auto', 'claude'] as const)('in the dialect %s', (dialect) => {
  it('workflows are listed with --all, each with its path and why it does not run', () => {
    place.write('project/.claude/workflows/release.js', 'export default () => {}')
    place.write('project/.claude/workflows/notes.txt', '')
    place.write('project/.claude/workflows/taken.js', '')
    place.write('project/.claude/commands/taken.md', 'x')
    const rows = engine(dialect).rows(true)
    const workflows = rows.filter(({ kind }) => kind === 'workflow')
    expect(workflows.map(({ name, shadowed }) => [name, shadowed])).toEqual([
      ['release', false],
      ['taken', true],
    ])
    expect(workflows[0]).toMatchObject({
      path: join(place.project, '.claude/workflows/release.js'),
      invocable: false,
      problem: expect.stringMatching(/is a workflow, a program for Claude Code; codex-plus does not run it/),
    })
    expect(
      engine(dialect)
        .rows()
        .map(({ name }) => name),
    ).not.toContain('release')
  })

  it('the level of effort is medium where the turn has none', async () => {
    place.write(
      'project/.claude/commands/c.md',
      '---\nallowed-tools: Bash\n---\nE $'.concat('{CLAUDE_EFFORT} !`echo "$CLAUDE_EFFORT"`'),
    )
    const expansion = await engine(dialect).expand('/c', { sessionId: 's', effort: null })
    expect(expansion.text).toEqual(['E medium medium'])
  })

  it('each $N of a file is described', () => {
    const path = place.write(
      'project/.claude/commands/c.md',
      "---\nmodel: x\n---\nTo $1.\nOver $20, \\$1.\n`awk '{print $2}' f`\n",
    )
    const command = readCommand({ name: 'c', path, source: 'project', skillFolder: null, trusted: true }) as Command
    expect(numberNotes(command, dialect)).toEqual(
      dialect === 'auto'
        ? ['line 4: $1 is word 1', 'line 5: $20 stays as written', 'line 6: $2 stays as written']
        : ['line 4: $1 is word 2', 'line 5: $20 is word 21', 'line 6: $2 is word 3'],
    )
  })
})
