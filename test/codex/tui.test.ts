import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import { type ScriptedUpstream, type SeenRequest, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'
import { CODEX, CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let screen: Screen

beforeEach(async () => {
  upstream = await startScriptedUpstream(() => [says('the answer')])
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
afterEach(async () => {
  await screen.close()
  lab.remove()
  await upstream.close()
})

/** codex asks for the title of a thread in a request of its own. */
const isOfUser = ({ headers }: SeenRequest): boolean =>
  !String(headers['x-codex-turn-metadata']).includes('thread_title')

describe("codex's TUI in codex-plus", LOST_KEYS, () => {
  it('starts, takes a prompt, shows the answer, and ends as codex does', async () => {
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/Ask Codex|›/)
    await screen.type('hello there')
    await screen.waitFor(/› hello there/)
    screen.send('\r')
    await screen.waitFor(/the answer[\s\S]*Worked for/)
    const { exitCode } = await screen.leave()
    expect(exitCode).toBe(0)
    expect(screen.bytes()).toMatch(/codex resume/)
    // The terminal is left as it was found.
    expect(screen.bytes().lastIndexOf('\x1b[?1049l')).toBeGreaterThan(screen.bytes().lastIndexOf('\x1b[?1049h'))
    expect(JSON.stringify(upstream.turns[0]?.body.input)).toContain('hello there')
  })

  it.each<[name: string, args: string[]]>([
    ['a -c before the prompt', ['-c', 'model_reasoning_effort="low"', 'hello there']],
    ['a -c after the prompt', ['hello there', '-c', 'model_reasoning_effort="low"']],
    ['a classic model', ['-m', 'gpt-5.5', '-c', 'model_reasoning_effort="low"', 'hello there']],
  ])('sends what bare codex sends, with %s', async (_name, args) => {
    const turns: SeenRequest[] = []
    for (const program of [CODEX, CODEX_PLUS]) {
      upstream.turns.length = 0
      screen = openScreen(lab, program, args)
      // codex offers a newer model in place of an older one, and drops keys that come before it listens.
      await screen.waitFor((text) => {
        if (text.includes('Use existing model')) screen?.send('2')
        return /the answer[\s\S]*Worked for/.test(text)
      })
      turns.push(...upstream.turns.filter(isOfUser))
      await screen.close()
    }
    const [bare, plus] = turns
    expect(turns).toHaveLength(2)
    expect(plus?.body.reasoning).toMatchObject({ effort: 'low' })
    for (const key of ['model', 'reasoning', 'tools', 'instructions', 'text', 'tool_choice']) {
      expect(plus?.body[key]).toEqual(bare?.body[key])
    }
    expect(findUserTexts(plus?.body ?? {}).map(({ text }) => text)).toEqual(['hello there'])
    expect(Object.keys(plus?.headers ?? {}).sort()).toEqual(Object.keys(bare?.headers ?? {}).sort())
  })

  it.each([
    ['before', ['-c', 'model_reasoning_effort="low"', 'resume', '--last', '--include-non-interactive', 'second words']],
    ['after', ['resume', '--last', '--include-non-interactive', '-c', 'model_reasoning_effort="low"', 'second words']],
    ['nowhere', ['resume', '--last', '--include-non-interactive', 'second words']],
  ])('resume --last goes on with the thread, a -c %s the subcommand', async (where, args) => {
    await lab.run(CODEX, ['exec', 'first words'])
    screen = openScreen(lab, CODEX_PLUS, args)
    await expect.poll(() => upstream.turns.filter(isOfUser).length, { timeout: scaled(20000) }).toBe(2)
    const sent = upstream.turns.filter(isOfUser).at(-1)?.body
    expect(findUserTexts(sent ?? {}).map(({ text }) => text)).toEqual(['first words', 'second words'])
    if (where !== 'nowhere') expect(sent?.reasoning).toMatchObject({ effort: 'low' })
    await screen.waitFor(/second words[\s\S]*the answer/)
  })

  it('follows a resize', async () => {
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/Ask Codex|›/)
    screen.resize(60, 20)
    await screen.type('after the resize')
    // Typed keys and an Enter in one read would be a paste to codex.
    await screen.waitFor(/› after the resize/)
    screen.send('\r')
    await screen.waitFor(/the answer/)
    // The status line stands in the last of the new rows, and within the new width.
    const footer = (text: string): string => text.split('\n')[19] ?? ''
    await screen.waitFor((text) => /f2 to view|shortcuts/.test(footer(text)))
    expect(footer(screen.text()).trimEnd().length).toBeLessThanOrEqual(60)
  })

  it('runs on the echo upstream with no login at all', async () => {
    lab.remove()
    lab = makeLab('none')
    screen = openScreen(lab, CODEX_PLUS, ['--plus-upstream', 'echo'])
    await screen.waitFor(/Ask Codex|›/)
    await screen.type('echo this back')
    await screen.waitFor(/› echo this back/)
    screen.send('\r')
    await screen.waitFor(/• echo this back/)
    expect(upstream.requests).toHaveLength(0)
  })
})
