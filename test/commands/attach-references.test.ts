import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Attachment, attachReferences } from '../../src/commands/attach-references.js'
import { findReferences } from '../../src/commands/find-references.js'

let cwd: string

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'attach-'))
  writeFileSync(join(cwd, 'f.txt'), 'one\ntwo\nthree\n')
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function attach(text: string): Attachment[] {
  return attachReferences(findReferences(text), { cwd, home: cwd, denies: () => false, maxTokens: 25_000 })
}

function notebook(value: unknown): string {
  writeFileSync(join(cwd, 'n.ipynb'), typeof value === 'string' ? value : JSON.stringify(value))
  const [attachment] = attach('@n.ipynb')
  return attachment?.kind === 'file' ? attachment.text : ''
}

describe('references', () => {
  it('attach the whole file for line 0', () => {
    expect(attach('@f.txt#L0')).toEqual([{ kind: 'file', path: join(cwd, 'f.txt'), text: 'one\ntwo\nthree\n' }])
  })
})

describe('a notebook', () => {
  it('is its cells with what they printed', () => {
    const cells = [
      { cell_type: 'markdown', id: 'intro', source: ['# T\n', 'x'] },
      {
        cell_type: 'code',
        source: 'print(1)',
        outputs: [
          { output_type: 'stream', text: ['1\n', '2'] },
          { output_type: 'execute_result', data: { 'text/plain': '3', 'image/png': 'AAAA' } },
          { output_type: 'error', ename: 'E', evalue: 'bad', traceback: ['at'] },
        ],
      },
    ]
    expect(JSON.parse(notebook({ cells }))).toEqual([
      {
        type: 'text',
        text: '<cell id="intro"><cell_type>markdown</cell_type># T\nx</cell id="intro">\n<cell id="cell-1">print(1)</cell id="cell-1">\n\n1\n2\n\n3\n\nE: bad\nat',
      },
    ])
  })

  it('names a language that is not python', () => {
    const metadata = { language_info: { name: 'R' } }
    expect(notebook({ metadata, cells: [{ cell_type: 'code', source: 'x' }] })).toContain('<language>R</language>x')
  })

  it.each(['no json', '[]', '{"cells": 1}'])('that is none stays as it is: %s', (text) => {
    expect(notebook(text)).toBe(text)
  })

  it('of odd cells is what can be read of it', () => {
    expect(notebook({ cells: [] })).toBe('[]')
    expect(JSON.parse(notebook({ cells: [null, 5, { source: [1, 'a'], outputs: [null, {}] }] }))).toEqual([
      { type: 'text', text: '<cell id="cell-2">a</cell id="cell-2">' },
    ])
  })
})
