import { afterEach, describe, expect, it } from 'vitest'
import { type ModulesPlace, makePlace, moduleFile, type PlaceOptions } from './place.js'

let place: ModulesPlace
afterEach(() => place.remove())
const open = (options: PlaceOptions = {}): ModulesPlace => {
  place = makePlace(options)
  return place
}

describe('a custom module', () => {
  it('replaces a prompt, and is told all about it', async () => {
    open().write(
      '.claude/modules/deploy.mjs',
      moduleFile('deploy', 'mutatePrompt: (command, args, context) => JSON.stringify({ command, args, context }),'),
    )
    const { outcome, text, by, message } = await place.expand('/deploy "to prod" now')
    expect({ outcome, message }).toEqual({ outcome: 'prompt', message: null })
    expect(by).toEqual({ name: 'deploy', path: `${place.project}/.claude/modules/deploy.mjs` })
    expect(JSON.parse(text[0] ?? '')).toEqual({
      command: 'deploy',
      args: '"to prod" now',
      context: {
        command: 'deploy',
        args: '"to prod" now',
        words: ['to prod', 'now'],
        prompt: null,
        cwd: place.project,
        sessionId: 'thread-1',
        model: 'gpt-test',
        effort: 'low',
      },
    })
  })

  it('goes on from the expanded text of a command file of its name', async () => {
    open().write('.claude/commands/ship.md', 'Ship $ARGUMENTS.')
    place.write('.claude/modules/ship.mjs', moduleFile('ship', "enhancePrompt: (prompt) => prompt + ' Carefully.',"))
    const { text, command } = await place.expand('/ship it')
    expect(text).toEqual(['Ship it. Carefully.'])
    expect(command?.name).toBe('ship')
  })

  it('stands alone with enhancePrompt too: it goes on from the arguments', async () => {
    open().write('.claude/modules/loud.mjs', moduleFile('loud', 'enhancePrompt: (prompt) => prompt.toUpperCase(),'))
    expect(await place.expand('/loud hear me')).toMatchObject({ outcome: 'prompt', text: ['HEAR ME'] })
  })

  it('answers without the model: between the user and us, unless it shares it', async () => {
    open().write('.claude/modules/t.mjs', moduleFile('t', "executeLocally: () => 'noon',"))
    place.write('.claude/modules/s.mjs', moduleFile('s', "executeLocally: () => ({ text: 'seen', shared: true }),"))
    expect(await place.expand('/t')).toMatchObject({ outcome: 'local', message: 'noon', aside: true })
    expect(await place.expand('/s')).toMatchObject({ outcome: 'local', message: 'seen', aside: false })
  })

  it.each(['auto', 'claude'] as const)(
    'answers a name that no file has: in the %s dialect that is no failure',
    async (dialect) => {
      open({ dialect }).write('.claude/modules/t.mjs', moduleFile('t', "executeLocally: () => 'noon',"))
      expect(await place.expand('/t')).toMatchObject({ outcome: 'local', message: 'noon', failed: false })
      place.write('.claude/modules/t.mjs', moduleFile('t', "executeLocally() { throw new Error('no') },"))
      expect(await place.expand('/t')).toMatchObject({ outcome: 'local', failed: true })
    },
  )

  it('that has no answer leaves it to the next, and to what it does besides', async () => {
    open().write(
      '.claude/modules/w.mjs',
      moduleFile('w', "executeLocally: (_c, args) => (args === '?' ? 'local' : null),\n mutatePrompt: () => 'sent',"),
    )
    expect(await place.expand('/w ?')).toMatchObject({ outcome: 'local', message: 'local' })
    expect(await place.expand('/w')).toMatchObject({ outcome: 'prompt', text: ['sent'] })
  })

  it('works in the order of priorities, lower first', async () => {
    const add = (name: string, priority: string): string =>
      moduleFile(name, `enhancePrompt: (prompt) => prompt + '${name}',`, priority).replace(
        `command === '${name}'`,
        "command === 'go'",
      )
    open().write('.claude/modules/1.mjs', add('late', 'priority: 200,'))
    place.write('.claude/modules/2.mjs', add('usual', ''))
    place.write('~/.claude/modules/3.mjs', add('first', 'priority: -5,'))
    expect((await place.expand('/go ')).text).toEqual(['firstusuallate'])
    expect((await place.modules.load()).slice(0, 3).map(({ name }) => name)).toEqual(['first', 'usual', 'late'])
  })

  it('may be for commands that it does not list, and speak a name that a built-in has', async () => {
    open().write(
      '.claude/modules/j.mjs',
      moduleFile('jira', "mutatePrompt: (command) => 'ticket ' + command,").replace(
        "command === 'jira'",
        '/^[A-Z]+-\\d+$/.test(command)',
      ),
    )
    place.write('.claude/modules/review.mjs', moduleFile('review', "mutatePrompt: () => 'my own review',"))
    expect((await place.expand('/ABC-12')).text).toEqual(['ticket ABC-12'])
    expect((await place.expand('/review')).text).toEqual(['my own review'])
    expect((await place.expand('/abc')).outcome).toBe('passthrough')
  })

  it('is loaded again when its file changes, and gone when the file is', async () => {
    const file = open().write('.claude/modules/v.mjs', moduleFile('v', "mutatePrompt: () => 'one',"))
    expect((await place.expand('/v')).text).toEqual(['one'])
    place.write('.claude/modules/v.mjs', moduleFile('v', "mutatePrompt: () => 'number two',"))
    expect((await place.expand('/v')).text).toEqual(['number two'])
    const { rmSync } = await import('node:fs')
    rmSync(file)
    expect((await place.expand('/v')).outcome).toBe('passthrough')
  })

  it('leaves what is no slash command alone', async () => {
    open().write(
      '.claude/modules/all.mjs',
      moduleFile('all', "mutatePrompt: () => 'x',").replace(/command === '.*'/, 'true'),
    )
    expect((await place.expand('plain words')).text).toEqual(['plain words'])
    expect((await place.expand('/')).text).toEqual(['/'])
    expect(place.problems).toEqual([])
  })
})

describe('modules of ours', () => {
  it('write prompts about what was typed', async () => {
    open()
    for (const name of ['analyze', 'arch', 'review', 'research', 'analyse', 'code-review']) {
      const { outcome, text } = await place.expand(`/${name} src/proxy and its tests`)
      expect(outcome).toBe('prompt')
      expect(text[0]).toContain('src/proxy and its tests')
      expect((await place.expand(`/${name}`)).text[0]?.length).toBeGreaterThan(800)
    }
  })

  it('stand back behind a command file of their name, in the work and in the list', async () => {
    open().write('.claude/commands/review.md', 'our review')
    place.write('.claude/commands/help.md', 'our help')
    expect((await place.expand('/review x')).text).toEqual(['our review\n\nARGUMENTS: x'])
    expect((await place.expand('/help')).text).toEqual(['our help'])
    expect(place.expander.rows().filter(({ name }) => name === 'review')).toHaveLength(1)
    expect(place.expander.rows(true).filter(({ name }) => name === 'review')).toHaveLength(2)
  })

  it('are off in the claude dialect; custom ones are not', async () => {
    open({ dialect: 'claude' }).write('.claude/modules/m.mjs', moduleFile('m', "mutatePrompt: () => 'mine',"))
    expect(await place.expand('/arch')).toMatchObject({ outcome: 'passthrough', unknown: { name: 'arch' } })
    expect((await place.expand('/m')).text).toEqual(['mine'])
  })

  it('/help lists what can be typed, and tells of one command', async () => {
    open().write('.claude/commands/fe/build.md', '---\ndescription: Builds it\nargument-hint: [target]\n---\nx')
    const { message, outcome } = await place.expand('/help')
    expect(outcome).toBe('local')
    expect(message).toContain('**This project**\n\n- `/fe:build [target]` Builds it\n')
    expect(message).toContain('- `/research <question>` ')
    expect(message).not.toContain('the same as')
    expect((await place.expand('/help /fe:build')).message).toContain(
      `\`${place.project}/.claude/commands/fe/build.md\``,
    )
    expect((await place.expand('/help nope')).message).toBe('There is no command `/nope`. `/help` lists all commands.')
  })

  it('/status tells of the thread, and of every part that has something to tell', async () => {
    const status = new Map([
      ['commands', () => '3, dialect auto'],
      [
        'broken',
        () => {
          throw new Error('no idea')
        },
      ],
    ])
    open({ facts: { status: () => status } })
    const { message } = await place.expand('/status')
    expect(message).toContain('- thread: `thread-1`\n- model: gpt-test, low effort\n')
    expect(message).toContain('- commands: 3, dialect auto\n- broken: not available (no idea)')
  })

  it('/save writes what is recorded, and says so where nothing is', async () => {
    open()
    expect((await place.expand('/save')).message).toMatch(/Nothing was saved: this run is not recorded/)
    await place.remove()
    open({ facts: { save: () => async (thread, name, cwd) => [`${cwd}/${name}-${thread}.md`] } })
    expect((await place.expand('/save talk')).message).toContain(`- \`${place.project}/talk-thread-1.md\``)
  })
})

describe('allow and deny lists', () => {
  it('a denied command does not run, by file, by module or by an alias', async () => {
    open({ deny: ['git:*', 'review'] }).write(
      '.claude/commands/git/push.md',
      '---\nallowed-tools: Bash\n---\n!`touch ran`',
    )
    expect(await place.expand('/git:push')).toMatchObject({
      outcome: 'local',
      message: '/git:push is not run: denyCommands of the settings names it.',
    })
    expect((await place.expand('/review')).outcome).toBe('local')
    expect((await place.expand('/code-review')).outcome).toBe('passthrough')
    expect((await place.expand('/git:unknown')).outcome).toBe('passthrough')
    expect(place.expander.names().has('git:push')).toBe(false)
    expect(place.expander.rows().find(({ name }) => name === 'git:push')?.problem).toMatch(/denyCommands/)
  })

  it('an allow list lets nothing else through', async () => {
    open({ allow: ['a*'] }).write('.claude/commands/one.md', 'x')
    expect((await place.expand('/one')).message).toBe(
      '/one is not run: allowCommands of the settings does not name it.',
    )
    expect((await place.expand('/arch')).outcome).toBe('prompt')
  })
})
