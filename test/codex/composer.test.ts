import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Composer, LEFT, openComposer, paste, soon, UP } from './composer-lab.js'

let composer: Composer

describe('a command in codex’s composer', () => {
  beforeAll(async () => {
    composer = await openComposer()
  })
  afterAll(() => composer.close())

  it('typed', async () => {
    expect(await composer.sending(() => composer.type('/foo bar baz', '\r'))).toBe('FOO<bar baz>')
    expect(await composer.sending(() => composer.type('/ns:moo', '\r'))).toBe('NS/MOO<>')
  })

  it('typed fast, in one write', async () => {
    expect(await composer.sending(() => composer.screen.send('/foo quick one\r'))).toBe('FOO<quick one>')
  })

  it('typed fast, the Enter in a write of its own', async () => {
    expect(
      await composer.sending(() => {
        composer.screen.send('/foo quick')
        composer.screen.send('\r')
      }),
    ).toBe('FOO<quick>')
  })

  it('sent once by two Enters', async () => {
    expect(await composer.sending(() => composer.type('/foo twice', '\r\r'))).toBe('FOO<twice>')
  })

  // codex takes keys that come close together for a paste, by its own clock: on a busy machine these are one.
  it('sent one behind the other without a pause', { retry: 3 }, async () => {
    const count = composer.prompts().length
    try {
      for (const part of ['/foo a', '\r', '/foo a', '\r', 'plain']) {
        composer.screen.send(part)
        await soon(5)
      }
      for (let waited = 0; composer.prompts().length < count + 2 && waited < 8000; waited += 50) await soon(50)
      expect(composer.prompts().slice(count, count + 2)).toEqual(['FOO<a>', 'FOO<a>'])
      await composer.screen.waitFor(/› plain/)
    } finally {
      await composer.clear()
    }
  })

  it('pasted', async () => {
    expect(await composer.sending(() => composer.paste('/foo from the clipboard', '\r'))).toBe(
      'FOO<from the clipboard>',
    )
  })

  it('pasted, and Enter in the same read', async () => {
    expect(await composer.sending(() => composer.screen.send(`${paste('/foo at once')}\r`))).toBe('FOO<at once>')
  })

  it('pasted, so long that codex shows a placeholder', async () => {
    const words = 'word '.repeat(300).trim()
    expect(await composer.sending(() => composer.screen.send(`${paste(`/foo ${words}`)}\r`))).toBe(`FOO<${words}>`)
    expect(await composer.sending(() => composer.screen.send(`${paste(`no ${words}`)}\r`))).toBe(`no ${words}`)
  })

  it('recalled with the up key', async () => {
    await composer.sending(() => composer.type('/foo to be recalled', '\r'))
    const recalled = await composer.sending(async () => {
      composer.screen.send(UP)
      await composer.screen.waitFor(/› \/foo to be recalled\s*\n\s*\n {2}GPT/)
      composer.screen.send('\r')
    })
    expect(recalled).toBe('FOO<to be recalled>')
    expect(await composer.sending(() => composer.screen.send(`${UP}\r`))).toBe('FOO<to be recalled>')
  })

  it('of several lines', async () => {
    expect(await composer.sending(() => composer.paste('/foo first\nsecond\n\nfourth', '\r'))).toBe(
      'FOO<first\nsecond\n\nfourth>',
    )
  })

  it('of more lines than the composer shows', async () => {
    const lines = Array.from({ length: 40 }, (_, n) => `/line ${n}`).join('\n')
    expect(await composer.sending(() => composer.paste(`/foo ${lines}`, '\r'))).toBe(`FOO<${lines}>`)
    expect(await composer.sending(() => composer.paste(`none\n${lines}`, '\r'))).toBe(`none\n${lines}`)
    // More than are gone back over at first.
    const many = Array.from({ length: 150 }, (_, n) => `${n}`).join('\n')
    expect(await composer.sending(() => composer.paste(`/foo ${many}`, '\r'))).toBe(`FOO<${many}>`)
  })

  it('wrapped over three rows', async () => {
    const words = 'word '.repeat(50).trim()
    const sent = await composer.sending(async () => {
      await composer.paste(`/foo ${words}`)
      await composer.screen.waitFor(/› \/foo word[^\n]*\n {2}word[^\n]*\n {2}word/)
      composer.screen.send('\r')
    })
    expect(sent).toBe(`FOO<${words}>`)
  })

  it('with the cursor in its middle', async () => {
    const sent = await composer.sending(async () => {
      await composer.type('/foo one three')
      composer.screen.send(LEFT.repeat(5))
      await soon(50)
      await composer.type('two ', '\r')
    })
    expect(sent).toBe('FOO<one two three>')
  })

  it('with codex’s popup open', async () => {
    const whole = await composer.sending(async () => {
      await composer.type('/pla')
      await composer.screen.waitFor(/› \/plan/)
      composer.screen.send('\r')
    })
    expect(whole).toBe('PLA<>')
    const middle = await composer.sending(async () => {
      await composer.type('/foo')
      composer.screen.send(LEFT)
      await composer.screen.waitFor(/› \/fork/)
      composer.screen.send('\r')
    })
    expect(middle).toBe('FOO<>')
  })

  it('of a name codex has too, which the user has a file for', async () => {
    expect(await composer.sending(() => composer.type('/review the diff', '\r'))).toBe('REVIEW<the diff>')
  })

  it('after a resize', async () => {
    composer.screen.resize(70, 24)
    expect(await composer.sending(() => composer.type('/foo smaller', '\r'))).toBe('FOO<smaller>')
    composer.screen.resize(120, 40)
    expect(await composer.sending(() => composer.screen.send('/foo wider\r'))).toBe('FOO<wider>')
  })
})

describe('what stays codex’s', () => {
  beforeAll(async () => {
    composer = await openComposer()
  })
  afterAll(() => composer.close())

  it('a name of its own', async () => {
    await composer.type('/status', '\r')
    await composer.screen.waitFor(/Directory:|Model:/)
    expect(composer.upstream.turns).toHaveLength(0)
  })

  it('a name nobody has', async () => {
    await composer.type('/nobody at all', '\r')
    await composer.screen.waitFor(/Unrecognized command '\/nobody'/)
    await composer.screen.waitFor(/› \/nobody at all/)
    expect(composer.upstream.turns).toHaveLength(0)
    await composer.clear()
  })

  it('the row of its popup that was chosen', async () => {
    await composer.type('/re')
    const [, first] = /› \/(re\w+)/.exec(await composer.screen.waitFor(/› \/re\w+/)) ?? []
    composer.screen.send('\x1b[B')
    await composer.screen.waitFor((text) => (/› \/(re\w+)/.exec(text)?.[1] ?? first) !== first)
    composer.screen.send('\r')
    await composer.screen.waitFor((text) => !/› \/re$/m.test(text))
    expect(composer.upstream.turns).toHaveLength(0)
    composer.screen.send('\x1b')
    await composer.screen.waitFor(/› Ask Codex/)
  })

  it('a line end within a paste, and Enter with Shift', async () => {
    const sent = await composer.sending(async () => {
      await composer.paste('/foo a\rb')
      composer.screen.send('\x1b[13;2u')
      await composer.type('c', '\r')
    })
    expect(sent).toBe('FOO<a\nb\nc>')
  })

  it('a path, and a slash that is not the first character', async () => {
    expect(await composer.sending(() => composer.type('/etc/hosts is a file', '\r'))).toBe('/etc/hosts is a file')
    expect(await composer.sending(() => composer.type('what is /foo?', '\r'))).toBe('what is /foo?')
  })

  it('Enter in its list of files', async () => {
    composer.lab.write('notes-of-mine.txt', 'some notes')
    await composer.type('/foo @notes-of')
    await composer.screen.waitFor(/enter\/tab insert/)
    await composer.screen.waitFor(/notes-of-mine\.txt/)
    composer.screen.send('\r')
    await composer.screen.waitFor(/› \/foo @?notes-of-mine\.txt/)
    const count = composer.prompts().length
    composer.screen.send('\r')
    await composer.arrived(count + 1)
    expect(composer.prompts()[count]).toMatch(/^FOO<@?notes-of-mine\.txt>$/)
    await composer.screen.waitFor(/› Ask Codex/)
  })

  it('the draft of its history search', async () => {
    composer.screen.send('\x12')
    await composer.screen.waitFor(/reverse-i-search/)
    await composer.type('foo a')
    await composer.screen.waitFor(/› \/foo a/)
    composer.screen.send('\r')
    await composer.screen.waitFor((text) => !/reverse-i-search/.test(text))
    expect(await composer.sending(() => composer.screen.send('\r'))).toBe('FOO<a\nb\nc>')
  })
})
