import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { openScreen, type Screen } from './screen.js'

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

describe("codex's TUI in codex-plus", () => {
  it('starts, takes a prompt, shows the answer, and ends as codex does', async () => {
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/Ask Codex|›/)
    await screen.type('hello there')
    await screen.waitFor(/› hello there/)
    screen.send('\r')
    await screen.waitFor(/the answer[\s\S]*Worked for/)
    screen.send('\x03')
    const { exitCode } = await screen.ended
    expect(exitCode).toBe(0)
    expect(screen.bytes()).toMatch(/codex resume/)
    // The terminal is left as it was found.
    expect(screen.bytes().lastIndexOf('\x1b[?1049l')).toBeGreaterThan(screen.bytes().lastIndexOf('\x1b[?1049h'))
    expect(JSON.stringify(upstream.turns[0]?.body.input)).toContain('hello there')
  })

  it('follows a resize', async () => {
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/Ask Codex|›/)
    screen.resize(60, 20)
    await screen.type('after the resize')
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
    screen.send('\r')
    await screen.waitFor(/• echo this back/)
    expect(upstream.requests).toHaveLength(0)
  })
})
