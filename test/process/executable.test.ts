import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isExecutable } from '../../src/process/executable.js'

it('what can be run is a file with a run bit, through a link too; a folder, a plain file and nothing are not', () => {
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-executable-'))
  try {
    const [program, text, folder] = [join(root, 'program'), join(root, 'text'), join(root, 'folder')]
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o755)
    writeFileSync(text, 'text', { mode: 0o644 })
    mkdirSync(folder)
    symlinkSync(program, join(root, 'link'))
    expect([program, join(root, 'link'), text, folder, join(root, 'none')].map(isExecutable)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  } finally {
    rmSync(root, { recursive: true })
  }
})
