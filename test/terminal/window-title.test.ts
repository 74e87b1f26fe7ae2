import { describe, expect, it } from 'vitest'
import { openTitleBar } from '../../src/terminal/window-title.js'

const bytes = (text: string): Buffer => Buffer.from(text)

describe('the title bar', () => {
  const open = () => {
    const written: string[] = []
    const bar = openTitleBar((part) => written.push(Buffer.from(part).toString()))
    return { bar, written }
  }

  it('keeps the former title, shows the newest text, and gives the former back', () => {
    const { bar, written } = open()
    bar.show('one')
    bar.show('one')
    bar.show('two')
    bar.close()
    bar.close()
    expect(written).toEqual(['\x1b[22;2t\x1b]2;one\x07', '\x1b]2;two\x07', '\x1b[23;2t'])
  })

  it('waits where the child stands inside a sequence or a character', () => {
    const { bar, written } = open()
    bar.childWrote(bytes('\x1b[3'), true)
    bar.show('late')
    expect(written).toEqual([])
    bar.childWrote(bytes('1mé').subarray(0, -1), false)
    expect(written).toEqual([])
    bar.childWrote(bytes('é').subarray(1), false)
    expect(written).toEqual([])
    bar.childWrote(bytes('x'), false)
    expect(written).toHaveLength(1)
  })

  it('shows no text in another direction, and none that has no width', () => {
    const { bar, written } = open()
    bar.show('a\u202eb\u200bc\u2066d\ufeff\u2028e')
    expect(written[0]).toBe('\x1b[22;2t\x1b]2;a b c d e\x07')
  })

  it('cannot be ended by its text', () => {
    const { bar, written } = open()
    bar.show('a\x07\x1b]52;c;evil\x07\u009cb\n')
    expect(written[0]).toBe('\x1b[22;2t\x1b]2;a ]52;c;evil b\x07')
  })

  it('writes nothing where nothing was shown', () => {
    const { bar, written } = open()
    bar.childWrote(bytes('x'), false)
    bar.close()
    expect(written).toEqual([])
  })
})
