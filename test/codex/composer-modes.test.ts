import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import { isAlive } from '../../src/terminal/drain-output.js'
import { says, sse } from '../fixtures/upstream/scripted.js'
import { type Composer, type ComposerSetup, openComposer, paste, soon, UP } from './composer-lab.js'

let composer: Composer
afterEach(() => composer.close())

const open = async (setup: ComposerSetup = {}): Promise<void> => {
  composer = await openComposer(setup)
}
const enter = '\r'

describe('while a task is running', () => {
  it('a command steers with Enter and is queued with Tab', async () => {
    const waiting: Array<() => void> = []
    let held = true
    const answer = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const finish = (): void => void response.end(sse('resp', [says('the answer')]))
      if (held) waiting.push(finish)
      else finish()
    }
    await open({ reply: () => answer })
    await composer.type('take your time', enter)
    await composer.arrived(1)
    await composer.screen.waitFor(/esc to interrupt/)
    await composer.type('/foo steered', enter)
    await composer.screen.waitFor(/↳ \/foo steered/)
    await composer.type('/foo queued', '\t')
    await composer.screen.waitFor(/Queued[\s\S]*↳ \/foo queued/)
    composer.screen.send('/foo fast\r')
    await composer.screen.waitFor(/↳ \/foo fast/)
    held = false
    for (const finish of waiting) finish()
    await composer.arrived(4)
    expect(composer.prompts().sort()).toEqual(['FOO<fast>', 'FOO<queued>', 'FOO<steered>', 'take your time'])
    await composer.screen.waitFor(/› Ask Codex/)
  })
})

describe('vim mode', () => {
  it('a command goes out from insert and from normal mode', async () => {
    await open({ config: '[tui]\nvim_mode_default = true\n' })
    await composer.screen.waitFor(/Vim: Insert/)
    expect(await composer.sending(() => composer.type('/foo from insert mode', enter))).toBe('FOO<from insert mode>')
    const normal = await composer.sending(async () => {
      await composer.type('/foo from normal mode')
      composer.screen.send('\x1b')
      await composer.screen.waitFor(/Vim: Normal/)
      composer.screen.send(enter)
    })
    expect(normal).toBe('FOO<from normal mode>')
    const lines = await composer.sending(async () => {
      await composer.screen.waitFor(/Vim: Insert/)
      await composer.paste('/foo one\ntwo\nthree')
      composer.screen.send('\x1b')
      await composer.screen.waitFor(/Vim: Normal/)
      await composer.type('kx')
      await soon(60)
      composer.screen.send(enter)
    })
    expect(lines).toMatch(/^FOO<one\n\w+\nthree>$/)
  })
})

describe('a terminal with the kitty keyboard', () => {
  it('Enter in every form it comes in, and never with a modifier', async () => {
    await open({ kitty: true })
    for (const key of ['\r', '\x1b[13u', '\x1b[13;1u', '\x1b[13;129u', '\x1b[13;1:1u\x1b[13;1:3u']) {
      expect(await composer.sending(() => composer.type('/foo kitty', key))).toBe('FOO<kitty>')
    }
    expect(await composer.sending(() => composer.screen.send('/foo fast\x1b[13u'))).toBe('FOO<fast>')
    expect(await composer.sending(() => composer.screen.send(`${paste('/foo pasted')}\x1b[13u`))).toBe('FOO<pasted>')
    const lines = await composer.sending(async () => {
      await composer.type('/foo one', '\x1b[13;2u')
      await composer.type('two', '\x1b[13u')
    })
    expect(lines).toBe('FOO<one\ntwo>')
  })
})

describe('a terminal of 60 columns, without the full screen', () => {
  it('typed, wrapped, of several lines, recalled, and a name as long as a row', async () => {
    const name = `a-${'very-'.repeat(13)}long-name`
    await open({
      cols: 60,
      rows: 20,
      args: ['--no-alt-screen'],
      files: { [`.claude/commands/${name}.md`]: 'LONG<$ARGUMENTS>' },
    })
    expect(await composer.sending(() => composer.type('/foo a b', enter))).toBe('FOO<a b>')
    const words = 'word '.repeat(30).trim()
    expect(await composer.sending(() => composer.paste(`/foo ${words}`, enter))).toBe(`FOO<${words}>`)
    expect(await composer.sending(() => composer.paste('/foo a\n\nb', enter))).toBe('FOO<a\n\nb>')
    expect(await composer.sending(() => composer.screen.send(`${UP}\r`))).toBe('FOO<a\n\nb>')
    expect(await composer.sending(() => composer.paste(`/${name} x`, enter))).toBe('LONG<x>')
    expect(await composer.sending(() => composer.screen.send('/foo quick\r'))).toBe('FOO<quick>')
  })
})

describe('Tab', () => {
  it('completes a name where codex has nothing to offer', async () => {
    await open({
      files: {
        '.claude/commands/zebra-one.md': 'ONE<$ARGUMENTS>',
        '.claude/commands/zebra-two.md': 'TWO<$ARGUMENTS>',
        '.claude/commands/mode.md': 'MODE<$ARGUMENTS>',
      },
    })
    await composer.type('/ns', '\t')
    await composer.screen.waitFor(/› \/ns:moo\s*\n/)
    expect(await composer.sending(() => composer.type('with a cow', enter))).toBe('NS/MOO<with a cow>')

    await composer.type('/ze', '\t')
    await composer.screen.waitFor(/› \/zebra-\s*\n/)
    composer.screen.send('\t')
    await soon(150)
    expect(composer.screen.text()).toMatch(/› \/zebra-\s*\n/)
    expect(composer.screen.text()).not.toMatch(/Unrecognized/)
    await composer.type('t', '\t')
    await composer.screen.waitFor(/› \/zebra-two\s*\n/)
    expect(await composer.sending(() => composer.screen.send('x\r'))).toBe('TWO<x>')

    // Fast: the letters and Tab in one write.
    composer.screen.send('/zebra-o\t')
    await composer.screen.waitFor(/› \/zebra-one\s*\n/)
    expect(await composer.sending(() => composer.screen.send('y\r'))).toBe('ONE<y>')
  })

  it('is codex’s where its popup completes, with text behind the name, and where nothing fits', async () => {
    await open({ files: { '.claude/commands/mode.md': 'MODE<$ARGUMENTS>' } })
    await composer.type('/mod')
    await composer.screen.waitFor(/› \/model/)
    composer.screen.send('\t')
    await composer.screen.waitFor(/› \/model\s*\n/)
    await composer.clear()
    // With an argument, Tab submits as it does for any prompt.
    expect(await composer.sending(() => composer.type('/foo queue me', '\t'))).toBe('FOO<queue me>')
    await composer.type('/qqq', '\t')
    await composer.screen.waitFor(/Unrecognized command '\/qqq'/)
  })
})

describe('what is answered here', () => {
  it('/commands shows the list, and a failing command what failed; the thread goes on', async () => {
    await open({
      rows: 70,
      files: {
        '.claude/commands/hello.md': '---\ndescription: Says *hello* to __init__\nargument-hint: [name]\n---\nhello $1',
        '.claude/commands/bad.md':
          '---\nallowed-tools: Bash\n---\nout: !`printf "# one\\n  * two\\n"; echo why >&2; exit 3`\n',
      },
    })
    await composer.type('/commands', enter)
    const list = await composer.screen.waitFor(/\/hello \[name\]/)
    expect(list).toMatch(/\/hello \[name\] +Says \*hello\* to __init__ \(project\)/)
    expect(list).toMatch(/\/foo +FOO<\$ARGUMENTS> \(project\)/)

    await composer.type('/bad', enter)
    const failure = await composer.screen.waitFor(/bad\.md:4: [\s\S]*why/)
    expect(failure).toMatch(/exit code 3/)
    expect(failure).toMatch(/# one\s*\n +\* two\s*\n +why/)
    expect(composer.prompts()).toEqual([])

    expect(await composer.sending(() => composer.type('/foo and now', enter))).toBe('FOO<and now>')
    expect(composer.prompts()).toEqual(['/bad', 'FOO<and now>'])
  })

  it('a title is asked for with the name and the arguments, not with the body', async () => {
    await open({ files: { '.claude/commands/long.md': `BODY OF THE COMMAND ${'text '.repeat(50)}` } })
    await composer.sending(() => composer.type('/long about cats', enter))
    await composer.screen.waitFor(/the answer/)
    for (let waited = 0; composer.titles().length === 0 && waited < 5000; waited += 50) await soon(50)
    const [title] = composer.titles()
    const text = findUserTexts(title ?? {}).at(-1)?.text ?? ''
    expect(text).toMatch(/User prompt:\n\/long about cats$/)
    expect(JSON.stringify(title)).not.toContain('BODY OF THE COMMAND')
  })
})

describe('Esc', () => {
  it('ends the shell block of a command with all it started, and the next request does not hold the command', async () => {
    const block =
      "trap '' TERM; (trap '' TERM HUP; while :; do sleep 0.2; done) & echo $$ $! > pids; while :; do sleep 0.2; done"
    await open({ files: { '.claude/commands/slow.md': `---\nallowed-tools: Bash\n---\n!\`${block}\`\n` } })
    await composer.type('/slow', enter)
    const pids = (await until(() => readIfThere(join(composer.lab.project, 'pids')))).trim().split(' ').map(Number)
    expect(pids).toHaveLength(2)
    composer.screen.send('\x1b')
    await composer.screen.waitFor(/interrupted/i)
    await until(() => (pids.some(isAlive) ? null : 'gone'), 3000)
    expect(await composer.sending(() => composer.type('go on', enter))).toBe('go on')
    expect(composer.prompts()).toEqual(['go on'])
    const input = JSON.stringify(composer.upstream.turns.at(-1)?.body.input)
    expect(input).not.toContain('/slow')
  })
})

async function until<T>(look: () => T | null, ms = 15_000): Promise<T> {
  const end = performance.now() + ms
  for (;;) {
    const found = look()
    if (found !== null) return found
    if (performance.now() > end) throw new Error(`not within ${ms} ms`)
    await soon(20)
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8') || null
  } catch {
    return null
  }
}
