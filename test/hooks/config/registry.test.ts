import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createSnapshot, takeSnapshot } from '../../../src/config/session-snapshot.js'
import { trustFolder } from '../../../src/config/trust.js'
import { listHooks, listText } from '../../../src/hooks/list-hooks.js'
import { commands, makePlace, type Place } from '../place.js'

describe('where hooks come from', () => {
  let place: Place
  afterEach(() => place.remove())

  const names = (assumeTrust = true): string[] =>
    place
      .engine({ assumeTrust })
      .registered()
      .hooks.map(({ action, source }) => `${action.type === 'command' ? action.command : ''} ${source.scope}`)

  it('are the three settings files, all together', () => {
    place = makePlace({ Stop: commands('b') })
    place.write('home/.claude/settings.json', { hooks: { Stop: commands('a') } })
    place.write('project/.claude/settings.local.json', { hooks: { Stop: commands('c') } })
    place.write('.claude/settings.json', { hooks: { Stop: commands('above') } })
    expect(names()).toEqual(['a user', 'b project', 'c local'])
  })

  it('is another folder where CLAUDE_CONFIG_DIR says so', () => {
    place = makePlace()
    place.write('home/.claude/settings.json', { hooks: { Stop: commands('a') } })
    place.write('elsewhere/settings.json', { hooks: { Stop: commands('b') } })
    place.env.CLAUDE_CONFIG_DIR = join(place.root, 'elsewhere')
    expect(names()).toEqual(['b user'])
  })

  it("is one file in the home folder, and the user's own", () => {
    place = makePlace()
    place.write('home/.claude/settings.json', { hooks: { Stop: commands('a') } })
    const { hooks, skipped } = place.engine({ cwd: join(place.root, 'home'), assumeTrust: false }).registered()
    expect(hooks).toMatchObject([{ source: { scope: 'user' } }])
    expect(skipped).toEqual([])
  })

  it("leave a project's out until its folder is trusted, and say so", () => {
    place = makePlace({ Stop: commands('b') })
    place.write('home/.claude/settings.json', { hooks: { Stop: commands('a') }, env: { A: 'user' } })
    place.write('project/.claude/settings.local.json', { env: { A: 'local' }, disableAllHooks: true })
    const engine = place.engine({ assumeTrust: false })
    expect(engine.registered()).toMatchObject({ hooks: [{ source: { scope: 'user' } }], env: { A: 'user' } })
    expect(listText(listHooks({ cwd: place.project, env: place.env, enabled: true }))).toContain(
      'skipped: the folder is not trusted',
    )
    expect(engine.registered().trusted).toBe(false)
    trustFolder(place.project, place.env)
    // The project switches off its own hooks, never the user's.
    expect(engine.registered()).toMatchObject({
      hooks: [{ source: { scope: 'user' } }],
      skipped: [{ hook: { source: { scope: 'project' } } }],
      env: { A: 'local' },
    })
  })

  it('knows a trusted project that has no settings at all', () => {
    place = makePlace()
    trustFolder(place.project, place.env)
    expect(place.engine({ assumeTrust: false }).registered().trusted).toBe(true)
  })

  it.each([
    [{}, { disableAllHooks: true }, {}, ['a user']],
    [{}, { disableAllHooks: true }, { disableAllHooks: false }, ['a user', 'b project']],
    [{ disableAllHooks: true }, {}, {}, []],
    [{ disableAllHooks: true }, { disableAllHooks: false }, {}, ['b project']],
    [{ disableAllHooks: false }, {}, { disableAllHooks: true }, ['a user']],
  ])(
    "are switched off by the strongest file that says so, the user's by the user's file alone: %j %j %j",
    (...files) => {
      const [user, project, local, left] = files
      place = makePlace()
      place.write('home/.claude/settings.json', { ...user, hooks: { Stop: commands('a') } })
      place.write('project/.claude/settings.json', { ...project, hooks: { Stop: commands('b') } })
      place.write('project/.claude/settings.local.json', local)
      expect(names()).toEqual(left)
    },
  )

  it('are those of the start of the session, with the programs below .claude that they name', async () => {
    const say = (word: string): string => `echo '${JSON.stringify({ systemMessage: word })}'\n`
    const names = ['.claude/hooks/a.sh', '"$CLAUDE_PROJECT_DIR"/.claude/b.sh', '$CLAUDE_PROJECT_DIR/.claude/hooks/c.sh']
    place = makePlace({ Stop: commands(...names.map((name) => `sh ${name}`)) })
    for (const [path, word] of [
      ['hooks/a', 'A'],
      ['b', 'B'],
      ['hooks/c', 'C'],
    ] as const) {
      place.write(`project/.claude/${path}.sh`, say(word))
    }
    const snapshot = createSnapshot(join(place.root, 'copies'))
    const folder = { cwd: place.project, env: place.env }
    takeSnapshot(snapshot, folder)
    const engine = place.engine({ snapshot })
    expect([...engine.events()]).toEqual(['Stop'])
    const messages = async () =>
      (await engine.run('Stop', { session_id: 's', cwd: place.project })).systemMessages.toSorted()
    expect(await messages()).toEqual(['A', 'B', 'C'])

    place.write('project/.claude/settings.json', { disableAllHooks: true })
    const files = ['b', 'hooks/a'].map((path) => place.write(`project/.claude/${path}.sh`, say('changed')))
    rmSync(join(place.project, '.claude/hooks/c.sh'))
    expect(snapshot.changed()).toEqual(
      [...files, join(place.project, '.claude/hooks/c.sh'), join(place.project, '.claude/settings.json')].sort(),
    )
    expect(await messages()).toEqual(['A', 'B', 'C'])
    snapshot.reload()
    expect(await messages()).toEqual([])
    snapshot.close()
  })

  it('are read again when a file has changed', () => {
    place = makePlace({ Stop: commands('a') })
    const engine = place.engine()
    expect([...engine.events()]).toEqual(['Stop'])
    expect(engine.registered()).toBe(engine.registered())
    place.write('project/.claude/settings.json', { hooks: { PreToolUse: commands('b', 'c') } })
    expect([...engine.events()]).toEqual(['PreToolUse'])
  })

  it('names what is wrong by file, line and key, and runs the rest', () => {
    place = makePlace({
      PostToolUse: [
        {
          matcher: 'Bash',
          hooks: [{ type: 'command' }, { type: 'python', command: 'x' }, { type: 'command', command: 'good' }],
        },
        { type: 'command', command: 'flat' },
        { matcher: 3, hooks: [] },
        { matcher: '[', hooks: [{ type: 'command', command: 'never' }] },
        { hooks: [{ type: 'http', url: 'ftp://x' }, { type: 'mcp_tool', server: 's' }, { type: 'prompt' }, 'x'] },
        {
          hooks: [
            { type: 'command', command: 'timed', timeout: '5' },
            { type: 'command', command: 'x', if: 1 },
          ],
        },
        {
          hooks: [
            { type: 'command', command: 'x', args: 'y' },
            { type: 'command', command: 'x', shell: 'powershell' },
          ],
        },
        {
          hooks: [{ type: 'agent', prompt: 'x' }, { command: 'x' }, { type: 'command', command: 'later', async: true }],
        },
      ],
      Stop: 'nonsense',
      Nope: commands('unknown'),
    })
    const file = join(place.project, '.claude/settings.json')
    const engine = place.engine()
    const { hooks, problems } = engine.registered()
    expect(hooks.map(({ action }) => action.type === 'command' && action.command)).toEqual([
      'good',
      'never',
      'timed',
      'later',
      'unknown',
    ])
    expect(problems).toContain(`${file}:7: hooks.PostToolUse[0].hooks[0] has no command.`)
    expect(problems).toContain(
      `${file}:10: hooks.PostToolUse[0].hooks[1] is of type "python", which is not known; there are command, http, prompt and mcp_tool.`,
    )
    expect(problems.join('\n')).toMatch(/:\d+: hooks\.PostToolUse\[5\]\.hooks\[0\]\.timeout is not a number of seconds/)
    expect(problems).toHaveLength(16)
    engine.events()
    engine.events()
    expect(place.notices).toEqual(problems)
    trustFolder(place.project, place.env)
    const here = { cwd: place.project, env: place.env }
    const rows = listHooks({ ...here, enabled: true }).hooks
    expect(rows.find(({ event }) => event === 'Nope')).toMatchObject({ servedBy: null, runs: false })
    expect(rows[0]).toMatchObject({
      event: 'PostToolUse',
      matcher: 'Bash',
      command: 'good',
      source: file,
      runs: true,
      why: null,
    })
    expect(listHooks({ ...here, enabled: false }).hooks.every(({ runs }) => !runs)).toBe(true)
  })

  it('lists the hooks of commands and of the proxy, too', () => {
    place = makePlace()
    const command = place.write(
      'project/.claude/commands/c.md',
      '---\nhooks:\n  Stop:\n    - hooks:\n        - type: command\n          command: x\n---\nB',
    )
    const module = place.write('project/.claude/hooks/pre_input.mjs', '')
    const filter = place.write('home/.claude/hooks/post_output-x.py', '')
    const list = () => listHooks({ cwd: place.project, env: place.env, enabled: true }).hooks
    expect(list()).toMatchObject([
      { event: 'Stop', source: command, runs: false, note: 'once /c is invoked' },
      { event: 'pre_input', type: 'module', source: module, runs: false, why: expect.stringContaining('not trusted') },
      { event: 'post_output', type: 'filter', command: `python3 ${filter}`, servedBy: 'the proxy', runs: true },
    ])
    trustFolder(place.project, place.env)
    expect(list().every(({ runs }) => runs)).toBe(true)
  })

  it('says what is wrong with a file that is no JSON, and takes the others', () => {
    place = makePlace({ Stop: commands('b') })
    const file = place.write('home/.claude/settings.json', '{\n "hooks": {,}\n}')
    const { hooks, problems } = place.engine().registered()
    expect(hooks).toHaveLength(1)
    expect(problems).toEqual([expect.stringContaining(file)])
  })
})
