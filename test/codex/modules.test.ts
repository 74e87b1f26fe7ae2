import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { says } from '../fixtures/upstream/scripted.js'
import { CODEX_PLUS } from './lab.js'
import { useScene } from './scene.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

const scene = useScene()
const { run } = scene
let screen: Screen | undefined

afterEach(async () => {
  await screen?.close()
  screen = undefined
})

/** The user's own texts of the n-th model request. */
function texts(n: number): string[] {
  return findUserTexts(scene.upstream.turns[n]?.body ?? {}).map(({ text }) => text)
}

/** What the assistant is said to have said in the n-th model request. */
function said(n: number): string[] {
  const items = (scene.upstream.turns[n]?.body.input ?? []) as JsonObject[]
  return items
    .filter(({ role }) => role === 'assistant')
    .flatMap(({ content }) => (content as JsonObject[]).map(({ text }) => String(text)))
}

const CLOCK = `export default {
  name: 'clock',
  description: 'Tells the time',
  canHandle: (command) => command === 'clock',
  executeLocally: () => 'It is **noon**.',
}
`

describe('a module in exec', () => {
  it('of ours replaces the prompt, and the file of a user comes before it', async () => {
    expect(await run('exec', '/arch a cache for the parser')).toMatchObject({ code: 0, stdout: 'the answer\n' })
    expect(texts(0)[0]).toMatch(/^Work out the architecture for this, in this project: a cache for the parser\n/)
    scene.lab.write('.claude/commands/arch.md', 'Ours: $ARGUMENTS')
    await run('exec', '/arch it')
    expect(texts(1)).toEqual(['Ours: it'])
  })

  it('answers without a call upstream, plain and as --json', async () => {
    scene.lab.write('.claude/modules/clock.mjs', CLOCK)
    expect(await run('exec', '/clock')).toMatchObject({ code: 0, stdout: 'It is **noon**.\n' })
    const { code, stdout } = await run('exec', '--json', '/clock')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(0)
    expect(events.map(({ type }) => type)).toEqual([
      'thread.started',
      'turn.started',
      'item.completed',
      'turn.completed',
    ])
    expect(events[2].item).toMatchObject({ type: 'agent_message', text: 'It is **noon**.' })
    expect(scene.upstream.requests.filter(({ method }) => method === 'POST')).toHaveLength(0)
  })

  it('/status and /help tell of this run', async () => {
    const status = await run('exec', '/status')
    expect(status.stdout).toMatch(/- thread: `[0-9a-f-]{36}`\n- model: gpt-6\.1-sol/)
    expect(status.stdout).toMatch(/- modules: \d built in/)
    const help = await run('exec', '/help')
    expect(help.stdout).toMatch(/- `\/review \[branch, commit, PR or path\]` Review the changes/)
    expect(scene.upstream.turns).toHaveLength(0)
  })

  it('/save writes the talk so far into the project', async () => {
    await run('exec', 'say something')
    const { stdout } = await run('exec', 'resume', '--last', '/save talk')
    const files = [...stdout.matchAll(/- `(.*)`/g)].map(([, file]) => file ?? '')
    expect(files.map((file) => file.replace(/^.*\./, ''))).toEqual(['md', 'json'])
    expect(readFileSync(files[0] ?? '', 'utf8')).toMatch(/say something[\s\S]*the answer/)
    expect(scene.upstream.turns).toHaveLength(1)
    expect((await run('--plus-no-sessions', 'exec', '/save')).stdout).toMatch(
      /^Nothing was saved: this run is not recorded/,
    )
  })

  it('keeps the exchange from the model in later turns, where it does not share it', async () => {
    scene.lab.write('.claude/modules/clock.mjs', CLOCK)
    scene.lab.write(
      '.claude/modules/shared.mjs',
      CLOCK.replaceAll('clock', 'shared').replace("'It is **noon**.'", "({ text: 'for all to see', shared: true })"),
    )
    await run('exec', '/clock')
    await run('exec', 'resume', '--last', '/shared')
    await run('exec', 'resume', '--last', '/status')
    expect(scene.upstream.turns).toHaveLength(0)
    await run('exec', 'resume', '--last', 'what did we talk about?')
    expect(texts(0)).toEqual(['/shared', 'what did we talk about?'])
    expect(said(0)).toEqual(['for all to see'])
    // And for good: the prefix of the thread stays the same.
    await run('exec', 'resume', '--last', 'thanks')
    expect(texts(1)).toEqual(['/shared', 'what did we talk about?', 'thanks'])
    expect(said(1)).toEqual(['for all to see', 'the answer'])
  })

  it('that fails is named with its line, and fails exec', async () => {
    scene.lab.write('.claude/modules/broken.mjs', 'export default {\n  name: "x"\n  y\n}\n')
    scene.lab.write('.claude/modules/clock.mjs', CLOCK.replace("'It is **noon**.'", "{ throw new Error('no clock') }"))
    const { code, stdout, stderr } = await run('exec', '/clock')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/\/clock did not work: .*clock\.mjs:5: no clock\n/)
    expect(stderr).toMatch(/codex-plus: .*broken\.mjs:3: .*; the module is skipped\./)
  })

  it('is off with --plus-no-modules, and ours are in the claude dialect', async () => {
    scene.lab.write('.claude/modules/clock.mjs', CLOCK)
    await run('--plus-no-modules', 'exec', '/clock')
    expect(texts(0)).toEqual(['/clock'])
    const { stdout } = await run('--plus-dialect', 'claude', 'exec', '/status')
    expect(stdout).not.toContain('thread')
    expect((await run('--plus-dialect', 'claude', 'exec', '/clock')).stdout).toBe('It is **noon**.\n')
  })
})

describe('CLAUDE.md', () => {
  const sent = (n: number, text: string): boolean => JSON.stringify(scene.upstream.turns[n]?.body.input).includes(text)

  it('is read where there is no AGENTS.md, and can be switched off', async () => {
    scene.lab.write('CLAUDE.md', 'Always say please.')
    await run('exec', 'hello')
    expect(sent(0, 'Always say please.')).toBe(true)
    await run('--plus-no-claude-md', 'exec', 'hello')
    expect(sent(1, 'Always say please.')).toBe(false)
    scene.lab.write('AGENTS.md', 'Never say please.')
    await run('exec', 'hello')
    expect(sent(2, 'Never say please.')).toBe(true)
    expect(sent(2, 'Always say please.')).toBe(false)
  })

  it('what the user has set stays', async () => {
    scene.lab.write('CLAUDE.md', 'Always say please.')
    scene.lab.write('OTHER.md', 'Say thanks.')
    await run('-c', 'project_doc_fallback_filenames=["OTHER.md"]', 'exec', 'hello')
    const config = join(scene.lab.codexHome, 'config.toml')
    writeFileSync(config, `project_doc_fallback_filenames = ["OTHER.md"]\n${readFileSync(config, 'utf8')}`)
    await run('exec', 'hello')
    for (const n of [0, 1]) {
      expect(sent(n, 'Say thanks.')).toBe(true)
      expect(sent(n, 'Always say please.')).toBe(false)
    }
  })
})

describe('a local answer in the TUI', LOST_KEYS, () => {
  it.each([60, 100])('looks right at %s columns, costs no call, and the talk goes on after it', async (cols) => {
    scene.lab.write(
      '.claude/commands/fe/build.md',
      '---\ndescription: Builds the front end and says what broke\n---\nx',
    )
    screen = openScreen(scene.lab, CODEX_PLUS, [])
    screen.resize(cols, 45)
    await screen.waitFor(/Ask Codex|›/)
    await screen.type(' /status')
    await screen.waitFor(/› *\/status/)
    screen.send('\r')
    const status = await screen.waitFor(/• commands: [\s\S]*Worked for/)
    expect(status).toMatch(
      /\n• codex-plus\s*\n {2}• thread: [0-9a-f-]{36}\s*\n {2}• model: gpt-6\.1-sol, low effort\s*\n/,
    )
    // The thread has its title, and nobody was asked for it.
    await screen.waitFor(/· \/status\n/)

    await screen.enter(' /help')
    const help = await screen.waitFor(/lists flags and subcommands\.[\s\S]*Worked for/)
    expect(help).toMatch(/\n {2}• \/fe:build Builds the front end and says what broke\n/)
    expect(help).not.toMatch(/[*`]/)
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(cols)
    expect(scene.upstream.turns).toHaveLength(0)

    await screen.enter('hello')
    await screen.waitFor(/the answer/)
    const turn = scene.upstream.turns.findIndex(({ body }) => findUserTexts(body).some(({ text }) => text === 'hello'))
    expect(texts(turn)).toEqual(['hello'])
    expect(said(turn)).toEqual([])
  })

  it('typed while codex works waits its turn, and the model never hears of it', async () => {
    scene.lab.write('.claude/modules/clock.mjs', CLOCK)
    const input = 'const r = await tools.exec_command({cmd: "sleep 2; echo slept"}); text(r.output)'
    const call = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'exec', input }
    let begun = false
    scene.script = () => {
      const begins = !begun && texts(scene.upstream.turns.length - 1).includes('work for me')
      begun ||= begins
      return begins ? [call] : [says('all done')]
    }
    screen = openScreen(scene.lab, CODEX_PLUS, ['--dangerously-bypass-approvals-and-sandbox'])
    await screen.waitFor(/Ask Codex|›/)
    await screen.enter('work for me')
    await screen.waitFor(/sleep 2/)
    await screen.enter(' /clock')
    await screen.waitFor(/all done[\s\S]*It is noon\./)
    await screen.enter('and now')
    await screen.waitFor(/and now[\s\S]*all done/)
    const last = scene.upstream.turns.findLastIndex(({ body }) => JSON.stringify(body).includes('and now'))
    expect(texts(last)).toEqual(['work for me', 'and now'])
    expect(said(last)).toEqual(['all done'])
  })
})

describe("Claude Code's status line", LOST_KEYS, () => {
  /** The titles that were set, one after the other. */
  const titles = (bytes: string): string[] =>
    bytes
      .split('\x1b]')
      .filter((part) => /^[02];/.test(part))
      .map((part) => part.slice(2).split('\x07', 1)[0] ?? '')
  const line = { statusLine: { type: 'command', command: 'sed -E "s/.*total_input_tokens.:([0-9]+).*/tokens \\1/"' } }

  it("is the terminal's title where the user wants it, and codex's screen stays codex's", async () => {
    scene.lab.write('.claude/settings.json', JSON.stringify(line))
    screen = openScreen(scene.lab, CODEX_PLUS, [], { CODEX_PLUS_STATUS_LINE: '1' })
    await screen.waitFor(/Ask Codex|›/)
    await screen.enter('hello')
    const text = await screen.waitFor(/the answer[\s\S]*Worked for/)
    expect(text).not.toContain('tokens 0')
    await screen.waitFor(() => titles(screen?.bytes() ?? '').length > 0)
    expect(new Set(titles(screen.bytes()))).toEqual(new Set(['tokens 0']))
    expect((await screen.leave()).exitCode).toBe(0)
    expect(screen.bytes()).toContain('\x1b[23;2t')
  })

  it('is off by default: the title is codex’s', async () => {
    scene.lab.write('.claude/settings.json', JSON.stringify(line))
    screen = openScreen(scene.lab, CODEX_PLUS, [])
    await screen.waitFor(/Ask Codex|›/)
    await screen.waitFor(() => titles(screen?.bytes() ?? '').includes('project'))
    expect(titles(screen.bytes())).not.toContain('tokens 0')
  })
})
