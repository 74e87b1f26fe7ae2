import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fittedOutput } from '../../src/commands/kept-output.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a long output', () => {
  it.each([
    [40_960, '40KB'],
    [108_894, '106.3KB'],
    [1_048_576, '1MB'],
    [1_600_000, '1.5MB'],
  ])('of %d bytes is kept, with a preview and its size, %s', (length, size) => {
    const output = 'x'.repeat(length)
    const text = fittedOutput(output, folder, 30_000)
    const [, path = ''] = /saved to: (.*)\n/.exec(text) ?? []
    expect(text).toBe(
      `<persisted-output>\nOutput too large (${size}). Full output saved to: ${path}\n\nPreview (first 2KB):\n${'x'.repeat(2000)}\n...\n</persisted-output>`,
    )
    expect(readFileSync(path, 'utf8')).toBe(output)
  })

  it('is shown up to the end of a line where one ends in the second half', () => {
    const text = fittedOutput(`${'a'.repeat(1500)}\n${'b'.repeat(3000)}`, folder, 100)
    expect(text).toContain(`${'a'.repeat(1500)}\n...\n`)
    expect(text).not.toContain('bb')
  })

  it('stays as it is where it fits', () => {
    expect(fittedOutput('x'.repeat(100), folder, 100)).toBe('x'.repeat(100))
  })

  it('is cut, with the reason, where it cannot be saved', () => {
    const text = fittedOutput('x'.repeat(5000), '/dev/null/outputs', 100)
    expect(text).toMatch(
      /^x{100}\n\.\.\. \(4\.9KB in all\. The output could not be saved to \/dev\/null\/outputs\/.*ENOTDIR/,
    )
  })
})
