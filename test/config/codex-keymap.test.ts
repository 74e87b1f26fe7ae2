import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseCodexArguments } from '../../src/codex/parse-arguments.js'
import { movedAction } from '../../src/config/codex-keymap.js'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'codex-plus-keymap-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function moved(config: string, args: string[] = []): string | null {
  writeFileSync(join(home, 'config.toml'), config)
  return movedAction(parseCodexArguments(args), { CODEX_HOME: home })
}

describe('codex’s keymap', () => {
  it('is as usual without an entry, with further keys, and where it cannot be read', () => {
    expect(moved('model = "x"')).toBeNull()
    expect(moved('[tui.keymap.composer]\nsubmit = ["ctrl-enter", "enter"]\nqueue = "tab"')).toBeNull()
    expect(moved('[tui.keymap.editor]\nkill_line_end = "ctrl-x"')).toBeNull()
    expect(moved('[tui.keymap')).toBeNull()
    expect(moved('tui = { keymap = 3 }')).toBeNull()
  })

  it('names what was moved, in any context and layer', () => {
    expect(moved('[tui.keymap.composer]\nsubmit = "ctrl-enter"')).toBe('tui.keymap.composer.submit')
    expect(moved('[tui.keymap.global]\nqueue = []')).toBe('tui.keymap.global.queue')
    expect(moved('[tui.keymap.editor]\nmove_line_start = ["home"]')).toBe('tui.keymap.editor.move_line_start')
    expect(moved('', ['-c', 'tui.keymap.composer.submit="ctrl-j"'])).toBe('tui.keymap.composer.submit')
    expect(moved('', ['-c', 'tui={keymap={composer={submit="ctrl-j"}}}'])).toBe('tui.keymap.composer.submit')
    writeFileSync(join(home, 'mine.config.toml'), '[tui.keymap.composer]\nsubmit = "f5"')
    expect(moved('', ['-p', 'mine'])).toBe('tui.keymap.composer.submit')
  })
})
