import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { says } from '../fixtures/upstream/scripted.js'
import { CODEX_PLUS, makeLab } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene()
const { run } = scene

/** The user's own texts of the n-th model request. */
function texts(n: number): string[] {
  return findUserTexts(scene.upstream.turns[n]?.body ?? {}).map(({ text }) => text)
}

/** The user's own messages of the n-th request, whole. */
function messages(n: number): JsonObject[] {
  const body = scene.upstream.turns[n]?.body ?? {}
  const items = new Set(findUserTexts(body).map(({ item }) => item))
  return [...items].map((item) => (body.input as JsonObject[])[item] ?? {})
}

/** A call of codex's shell tool, in the default model's code mode. */
function callsShell(n: number, command: string): JsonObject {
  const input = `const r = await tools.exec_command({cmd: ${JSON.stringify(command)}}); text(r.output)`
  return { type: 'custom_tool_call', id: `ctc_${n}`, call_id: `call_${n}`, name: 'exec', input }
}

describe('a slash command in exec', () => {
  it('is expanded, with arguments, files and images as parts of the same message', async () => {
    scene.lab.write(
      '.claude/commands/fe/ask.md',
      '---\ndescription: Ask\n---\nLook at @notes.txt and @dot.png for $ARGUMENTS.\n',
    )
    scene.lab.write('notes.txt', 'one\ntwo\n')
    writeFileSync(join(scene.lab.project, 'dot.png'), Buffer.from('iVBORw0KGgo=', 'base64'))
    const result = await run('exec', '/fe:ask the reason')
    expect(result).toMatchObject({ code: 0, stdout: 'the answer\n' })
    const [message] = messages(0)
    expect(message?.content).toEqual([
      { type: 'input_text', text: 'Look at @notes.txt and @dot.png for the reason.\n' },
      { type: 'input_text', text: `<file path="${scene.lab.project}/notes.txt">\none\ntwo\n</file>` },
      { type: 'input_text', text: `Image ${scene.lab.project}/dot.png:` },
      { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
    ])
    const passthrough = message?.internal_chat_message_metadata_passthrough as JsonObject
    expect(passthrough.content_item_kinds).toEqual(['user.text', 'user.text', 'user.text', 'user.image'])
  })

  it('is expanded beside images, which stay in front of it; the session is titled by the words', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    scene.lab.write('.claude/commands/db/migrate.md', 'Migrate $ARGUMENTS.\n')
    for (const name of ['pic.png', 'a>b.png']) writeFileSync(join(scene.lab.project, name), png)
    const result = await run('exec', '-i', 'pic.png', '-i', 'a>b.png', '-i', 'missing.png', '--', '/db:migrate users')
    expect(result).toMatchObject({ code: 0, stdout: 'the answer\n' })
    const content = messages(0)[0]?.content as JsonObject[]
    expect(content.map(({ type, text }) => (type === 'input_image' ? 'IMAGE' : text))).toEqual([
      expect.stringMatching(/^<image .*pic\.png">$/),
      'IMAGE',
      '</image>',
      expect.stringMatching(/^<image .*a>b\.png">$/),
      'IMAGE',
      '</image>',
      expect.stringMatching(/^Codex could not read the local image at `missing\.png`/),
      'Migrate users.\n',
    ])
    const listed = await run('sessions', 'list', '--json')
    expect(listed.stdout).toContain('/db:migrate users')
    expect(listed.stdout).not.toContain('<image')
  })

  it.each([
    ['lite', []],
    ['classic', ['-m', 'gpt-5.5']],
  ])('runs its shell once, and every later request carries the same bytes: %s', async (shape, flags) => {
    scene.lab.write(
      '.claude/commands/now.md',
      '---\nallowed-tools: Bash(date:*), Bash(echo:*), Bash\n---\nnow !`date +%N; echo x >> ran.txt` $1\n',
    )
    const call = (n: number): JsonObject =>
      shape === 'lite'
        ? callsShell(n, 'echo tool')
        : {
            type: 'function_call',
            id: `fc_${n}`,
            call_id: `call_${n}`,
            name: 'exec_command',
            arguments: '{"cmd":"echo tool"}',
          }
    scene.script = (n) => (n < 3 ? [call(n)] : [says('done')])
    const first = await run(...flags, 'exec', '/now please')
    expect(first).toMatchObject({ code: 0, stdout: 'done\n' })
    const resumed = await run(...flags, 'exec', 'resume', '--last', 'go on')
    expect(resumed.code).toBe(0)
    expect(scene.upstream.turns).toHaveLength(5)

    const [sent] = messages(0)
    expect(texts(0)[0]).toMatch(/^now \d{9} please\n$/)
    for (const n of [1, 2, 3, 4]) expect(messages(n)[0]?.content).toEqual(sent?.content)
    expect(texts(4)).toEqual([texts(0)[0], 'go on'])
    expect(readFileSync(join(scene.lab.project, 'ran.txt'), 'utf8')).toBe('x\n')
  })

  it('is never expanded a second time from history, nor from what is not the user’s own', async () => {
    scene.lab.write('.claude/commands/c.md', 'EXPANDED $ARGUMENTS')
    scene.lab.write('AGENTS.md', '/c from the project file')
    scene.script = (n) => (n === 0 ? [callsShell(0, 'echo /c from a tool')] : [says('/c from the model')])
    await run('--plus-safe', 'exec', '/c before')
    await run('exec', 'resume', '--last', '/c now')
    expect(texts(0)).toEqual(['/c before'])
    expect(texts(scene.upstream.turns.length - 1)).toEqual(['/c before', 'EXPANDED now'])
    const sent = JSON.stringify(scene.upstream.turns.at(-1)?.body)
    expect(sent).toContain('/c from the project file')
    expect(sent).toContain('/c from a tool')
    expect(sent).toContain('/c from the model')
  })

  it('keeps what was piped in, as its arguments', async () => {
    scene.lab.write('.claude/commands/sum.md', 'Sum up: $ARGUMENTS')
    const result = await scene.lab.run(CODEX_PLUS, ['exec', '/sum shortly'], { input: 'line a\nline b\n' })
    expect(result.code).toBe(0)
    expect(texts(0)).toEqual(['Sum up: shortly\nline a\nline b'])
  })

  it('in the claude dialect has the header block, and counts from zero', async () => {
    scene.lab.write('.claude/commands/c.md', 'first $0, second $1')
    await run('--plus-dialect', 'claude', 'exec', '/c a b')
    expect(texts(0)).toEqual([
      '<command-message>c</command-message>\n<command-name>/c</command-name>\n<command-args>a b</command-args>',
      'first a, second b',
    ])
  })

  it('with a ChatGPT login is sent in zstd again, with the right length', async () => {
    scene.lab.remove()
    scene.lab = makeLab('chatgpt', `openai_base_url = "${scene.upstream.url}"`)
    scene.lab.write('.claude/commands/c.md', 'EXPANDED $ARGUMENTS')
    const result = await run('--plus-websocket', 'off', 'exec', '/c x')
    expect(result.code).toBe(0)
    expect(scene.upstream.turns[0]?.headers['content-encoding']).toBe('zstd')
    expect(scene.upstream.turns[0]?.headers['content-length']).toBe(String(scene.upstream.turns[0]?.raw.length))
    expect(texts(0)).toEqual(['EXPANDED x'])
  })

  it('chooses the model of its turn where codex knows it, and says so where not', async () => {
    scene.lab.write('.claude/commands/big.md', '---\nmodel: gpt-6-astra\neffort: high\n---\nthink')
    scene.lab.write('.claude/commands/other.md', '---\nmodel: sonnet\n---\nthink')
    scene.lab.write('.claude/commands/classic.md', '---\nmodel: gpt-5.5\n---\nthink')
    scene.script = (n) => (n === 0 ? [callsShell(0, 'true')] : [says('ok')])
    await run('exec', '/big')
    expect(scene.upstream.turns.map(({ body }) => body.model)).toEqual(['gpt-6-astra', 'gpt-6-astra'])
    expect(scene.upstream.turns[1]?.body.reasoning).toMatchObject({ effort: 'high' })
    await run('exec', 'resume', '--last', 'and now')
    expect(scene.upstream.turns[2]?.body.model).toBe('gpt-6.1-sol')
    const other = await run('exec', '/other')
    expect(scene.upstream.turns[3]?.body.model).toBe('gpt-6.1-sol')
    expect(other.stderr).toMatch(/other\.md: model 'sonnet' is ignored: codex does not know it/)
    const classic = await run('exec', '/classic')
    expect(classic.stderr).toMatch(/classic\.md: model 'gpt-5\.5' is ignored: it takes other requests/)
  })
})

describe('what is answered here', () => {
  it('a command whose shell fails: file, line, output; nothing is sent', async () => {
    scene.lab.write(
      '.claude/commands/bad.md',
      '---\nallowed-tools: Bash\n---\nline\nout: !`echo partial; echo why >&2; exit 3`\n',
    )
    const result = await run('exec', '/bad x')
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toContain('.claude/commands/bad.md:5: ')
    expect(result.stderr).toMatch(/exit code 3[\s\S]*partial\nwhy/)
    expect(scene.upstream.turns).toHaveLength(0)
    const json = await run('exec', '--json', '/bad x')
    expect(json.code).toBe(1)
    const events = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; item?: JsonObject })
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['error', 'turn.failed']))
    expect(events.filter(({ item }) => item?.type === 'agent_message')).toEqual([])
    expect(scene.upstream.turns).toHaveLength(0)
  })

  it.each([
    ['denyCommands', '{"codexPlus":{"denyCommands":["v"]}}', /\/v is not run: denyCommands/],
    [
      'a UserPromptExpansion hook',
      '{"hooks":{"UserPromptExpansion":[{"hooks":[{"type":"command","command":"echo NOT NOW >&2; exit 2"}]}]}}',
      /NOT NOW/,
    ],
  ])('a command that %s refuses fails exec; no later request holds what was typed', async (_, settings, message) => {
    scene.lab.write('.claude/commands/v.md', 'expanded v\n')
    scene.lab.write('.claude/settings.json', settings)
    const result = await run('exec', '/v')
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toMatch(message)
    await run('exec', 'resume', '--last', 'thanks')
    expect(texts(0)).toEqual(['thanks'])
    const shown = await run('sessions', 'show', 'last', '--json')
    expect(shown.stdout).toContain('thanks')
    expect(shown.stdout).not.toMatch(/"type": ?"answer"[^}]*(denyCommands|NOT NOW)/)
  })

  it('a module that throws fails exec', async () => {
    scene.lab.write(
      '.claude/modules/boom.mjs',
      "export default { name: 'boom', description: 'Fails', canHandle: (name) => name === 'boom', executeLocally() { throw new Error('out of order') } }\n",
    )
    const result = await run('exec', '/boom')
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toContain('out of order')
    expect(scene.upstream.turns).toHaveLength(0)
  })

  it('what answers ends with 0', async () => {
    for (const command of ['/help', '/status', '/commands']) {
      const result = await run('exec', command)
      expect(result.code).toBe(0)
      expect(result.stdout).not.toBe('')
    }
  })

  it('a shell block that nothing allows is handed to the model; a deny rule ends the command', async () => {
    scene.lab.write(
      '.claude/commands/touch.md',
      'First !`touch made-by-command` done, then !`touch b` and !`echo c`.\n',
    )
    const handed = await run('exec', '/touch')
    expect(handed.code).toBe(0)
    const [text = ''] = texts(0)
    expect(text).toContain('1. `touch made-by-command`\n2. `touch b`\n')
    expect(text).toContain('First [output of command 1] done, then [output of command 2] and c.\n')
    expect(existsSync(join(scene.lab.project, 'made-by-command'))).toBe(false)
    scene.lab.write('.claude/settings.json', '{"permissions":{"deny":["Bash(touch:*)"]}}')
    const denied = await run('exec', '/touch')
    expect(denied).toMatchObject({ code: 1, stdout: '' })
    expect(denied.stderr).toMatch(/the deny rule Bash\(touch:\*\) covers it/)
    expect(scene.upstream.turns).toHaveLength(1)
  })

  it('a shell block that nothing allows ends the command in the claude dialect', async () => {
    scene.lab.write('.claude/commands/touch.md', '!`touch made-by-command` done\n')
    const result = await run('--plus-dialect', 'claude', 'exec', '/touch')
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toMatch(/touch\.md:1: !`touch made-by-command` was not run: no rule allows /)
    expect(result.stderr).toContain(
      'Add `allowed-tools: Bash(touch:*)` to its front matter, or "Bash(touch:*)" to permissions.allow of .claude/settings.json.',
    )
    expect(scene.upstream.turns).toHaveLength(0)
    expect(existsSync(join(scene.lab.project, 'made-by-command'))).toBe(false)
  })

  it('a shell block in a folder nobody trusts', async () => {
    writeFileSync(join(scene.lab.codexHome, 'config.toml'), `openai_base_url = "${scene.upstream.url}"\n`)
    scene.lab.write('.claude/commands/c.md', '---\nallowed-tools: Bash\n---\n!`touch made-by-command`\n')
    const result = await run('exec', '/c')
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toMatch(/do not run in a folder you have not trusted. Run `codex-plus plus trust` first/)
    expect(existsSync(join(scene.lab.project, 'made-by-command'))).toBe(false)
    expect((await run('plus', 'trust')).code).toBe(0)
    await run('exec', '/c')
    expect(existsSync(join(scene.lab.project, 'made-by-command'))).toBe(true)
  })

  it('a body that is `!` and a command: its output is the answer, in the auto dialect alone', async () => {
    scene.lab.write('.claude/commands/v.md', '---\nallowed-tools: Bash(echo:*)\n---\n!echo version $1\n')
    const result = await run('exec', '/v seven')
    expect(result.stdout).toBe('version seven\n')
    expect(scene.upstream.turns).toHaveLength(0)
    await run('--plus-dialect', 'claude', 'exec', '/v seven')
    expect(texts(0).at(-1)).toContain('!echo version')
  })

  it('/commands lists them, and an unknown name goes to the model as typed', async () => {
    scene.lab.write('.claude/commands/hello.md', '---\ndescription: Says hello\nargument-hint: [name]\n---\nhello $1\n')
    const list = await run('exec', '/commands')
    expect(list.stdout).toMatch(/\/hello \[name\] +Says hello \(project\)/)
    expect(scene.upstream.turns).toHaveLength(0)
    await run('exec', '/nobody knows me')
    expect(texts(0)).toEqual(['/nobody knows me'])
    const input = scene.upstream.turns[0]?.body.input as JsonObject[]
    expect(input.filter((item) => JSON.stringify(item).includes('there is no command of that name'))).toMatchObject([
      { role: 'developer' },
    ])
    await run('--plus-dialect', 'claude', 'exec', '/hell o')
    expect(texts(1)).toEqual(['/hell o'])
    expect(JSON.stringify(scene.upstream.turns[1]?.body.input)).toContain('The most similar one is /hello.')
  })

  it('is not given twice, and the thread goes on after it', async () => {
    scene.lab.write('.claude/commands/v.md', '---\nallowed-tools: Bash\n---\n!echo x >> ran.txt; echo ok\n')
    await run('exec', '/v')
    await run('exec', 'resume', '--last', 'thanks')
    expect(texts(0)).toEqual(['/v', 'thanks'])
    expect(readFileSync(join(scene.lab.project, 'ran.txt'), 'utf8')).toBe('x\n')
  })
})

describe('a leading space', () => {
  it('before the slash is ignored, as codex’s presets send it; the claude dialect sends it as typed', async () => {
    scene.lab.write('.claude/commands/c.md', 'EXPANDED $1')
    await run('exec', ' /c x')
    await run('exec', '\n\t/c y')
    await run('--plus-dialect', 'claude', 'exec', ' /c z')
    expect([texts(0), texts(1), texts(2)]).toEqual([['EXPANDED x'], ['EXPANDED y'], [' /c z']])
  })
})

describe('a disk that takes nothing', () => {
  it('costs the memory of other runs, in a line for each; the command works in this one', async () => {
    scene.lab.write('.claude/commands/c.md', 'EXPANDED $1')
    scene.script = (n) => (n === 0 ? [callsShell(0, 'true')] : [says('ok')])
    const result = await scene.lab.run(CODEX_PLUS, ['exec', '/c x'], { env: { XDG_STATE_HOME: '/dev/null' } })
    expect(result).toMatchObject({ code: 0, stdout: 'ok\n' })
    expect([texts(0), texts(1)]).toEqual([['EXPANDED x'], ['EXPANDED x']])
    const told = [...result.stderr.matchAll(/^codex-plus: \/dev\/null\/codex-plus\/(\w+) cannot be written/gm)]
    expect(told.map(([, what]) => what)).toEqual(['ledger', 'sessions'])
  })
})

describe('untouched', () => {
  it('a prompt without a slash leaves as it came, and so does everything with --plus-no-commands', async () => {
    scene.lab.write('.claude/commands/c.md', 'EXPANDED')
    await run('exec', 'what about /c and @AGENTS.md?')
    expect(texts(0)).toEqual(['what about /c and @AGENTS.md?'])
    await run('--plus-no-commands', 'exec', '/c')
    expect(texts(1)).toEqual(['/c'])
    const ledger = join(scene.lab.home, '.local/state/codex-plus/ledger')
    expect(existsSync(ledger) ? readdirSync(ledger) : []).toEqual([])
  })
})
