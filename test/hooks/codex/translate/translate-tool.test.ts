import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Translation, translateTool } from '../../../../src/hooks/codex/translate/translate-tool.js'
import type { JsonObject } from '../../../../src/request/request-body.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-tools-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const patch = (...lines: string[]): string => ['*** Begin Patch', ...lines, '*** End Patch', ''].join('\n')
const patched = (...lines: string[]): Translation => translateTool('apply_patch', { command: patch(...lines) }, folder)
const file = (name: string): string => join(folder, name)
const edit = (name: string, before: string, after: string): object => ({
  name: 'Edit',
  input: { file_path: file(name), old_string: before, new_string: after, replace_all: false },
})

/** What codex is given when the n-th call gets a new input. */
function updated(translation: Translation, n: number, input: JsonObject): unknown {
  const use = translation.uses[n]
  if (use === undefined) throw new Error('there is no such call')
  return translation.update(new Map([[use, { ...use.input, ...input }]]))
}

describe('codex’s tools in Claude Code’s words', () => {
  it('Bash is Bash', () => {
    const bash = translateTool('Bash', { command: 'ls' }, folder)
    expect(bash.uses).toEqual([{ name: 'Bash', input: { command: 'ls' } }])
    expect(bash.update(new Map())).toEqual({ input: { command: 'ls' } })
    expect(updated(bash, 0, { command: 'ls -l', description: 'd' })).toEqual({ input: { command: 'ls -l' } })
    expect(updated(bash, 0, { command: 7 })).toHaveProperty('problem')
  })

  it('a patch is a Write or Edit for every file and hunk, in its order', () => {
    writeFileSync(file('gone.txt'), 'old text\n')
    writeFileSync(file('from.txt'), 'keep\n1\n')
    const { uses } = patched(
      '*** Add File: sub/new.txt',
      '+hello',
      '*** Update File: a.ts',
      '@@',
      ' x',
      '-y',
      '+z',
      '@@ two',
      '+more',
      '*** Delete File: gone.txt',
      '*** Update File: from.txt',
      '*** Move to: to.txt',
      '@@',
      '-1',
      '+2',
    )
    expect(uses).toEqual([
      { name: 'Write', input: { file_path: file('sub/new.txt'), content: 'hello\n' } },
      edit('a.ts', 'x\ny', 'x\nz'),
      edit('a.ts', '', 'more'),
      edit('gone.txt', 'old text\n', ''),
      edit('from.txt', '1', '2'),
      { name: 'Write', input: { file_path: file('to.txt'), content: 'keep\n2\n' } },
    ])
  })

  it('a new input for a file is written into the patch where that is exact', () => {
    const translation = patched('*** Add File: a', '+1', '*** Update File: b', '@@', ' k', '-2', '+3', '@@', '-4', '+5')
    expect(updated(translation, 0, { content: 'one\ntwo\n' })).toEqual({
      input: {
        command: patch(
          '*** Add File: a',
          '+one',
          '+two',
          '*** Update File: b',
          '@@',
          ' k',
          '-2',
          '+3',
          '@@',
          '-4',
          '+5',
        ),
      },
    })
    expect(updated(translation, 2, { new_string: 'five' })).toEqual({
      input: {
        command: patch('*** Add File: a', '+1', '*** Update File: b', '@@', ' k', '-2', '+3', '@@', '-4', '+five'),
      },
    })
    expect(updated(translation, 0, { file_path: file('else') })).toMatchObject({
      input: { command: expect.stringContaining(`*** Add File: ${file('else')}`) },
    })
  })

  it.each([
    ['a content without its last line end', 0, { content: 'x' }],
    ['another old text', 1, { old_string: 'elsewhere' }],
    ['another file to edit', 1, { file_path: '/etc/passwd' }],
    ['every place at once', 1, { replace_all: true }],
  ])('says so where it is not exact: %s', (_, n, input) => {
    const translation = patched('*** Add File: a', '+1', '*** Update File: b', '@@', '-2', '+3')
    expect(updated(translation, n, input)).toHaveProperty('problem')
  })

  it('a patch that cannot be read still shows the files it names', () => {
    const translation = translateTool('apply_patch', { command: '*** Add File: .env\n+x' }, folder)
    expect(translation.uses).toMatchObject([{ name: 'Edit', input: { file_path: file('.env') } }])
    expect(translateTool('apply_patch', { command: '?' }, folder).uses).toMatchObject([{ name: 'apply_patch' }])
  })

  it('view_image is Read, sub-agents are Agent, MCP tools keep their names', () => {
    const view = translateTool('view_image', { path: 'dot.png' }, folder)
    expect(view.uses).toEqual([{ name: 'Read', input: { file_path: file('dot.png') } }])
    expect(updated(view, 0, { file_path: '/b.png' })).toEqual({ input: { path: '/b.png' } })
    const task = translateTool('collaborationspawn_agent', { task_name: 't', message: 'm', agent_type: 'x' }, folder)
    expect(task.uses).toEqual([{ name: 'Agent', input: { description: 't', prompt: 'm', subagent_type: 'x' } }])
    expect(updated(task, 0, { prompt: 'n' })).toEqual({
      input: { task_name: 't', message: 'n', agent_type: 'x' },
    })
    const mcp = translateTool('mcp__s__t', { a: 1 }, folder)
    expect(mcp.uses).toEqual([{ name: 'mcp__s__t', input: { a: 1 } }])
    expect(updated(mcp, 0, { a: 2 })).toEqual({ input: { a: 2 } })
  })

  it('the web tool is a WebSearch or WebFetch for everything it is asked at once', () => {
    const input = {
      search_query: [{ q: 'one' }, { q: 'two' }],
      open: [{ ref_id: 'https://a.test/' }, { ref_id: 'turn0' }],
    }
    const web = translateTool('webrun', input, folder)
    expect(web.uses).toEqual([
      { name: 'WebSearch', input: { query: 'one' } },
      { name: 'WebSearch', input: { query: 'two' } },
      { name: 'WebFetch', input: { url: 'https://a.test/', prompt: '' } },
    ])
    expect(updated(web, 1, { query: 'three' })).toEqual({
      input: { ...input, search_query: [{ q: 'one' }, { q: 'three' }] },
    })
    expect(translateTool('webrun', { weather: [] }, folder).uses).toMatchObject([{ name: 'webrun' }])
  })
})
