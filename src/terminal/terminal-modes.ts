import { type KeyboardFlags, keyboardFlags } from './kitty-keyboard.js'

const ESC = 0x1b
const BEL = 0x07
const LONGEST_CSI = 64
const ALT_SCREENS = [1049, 1047, 47]

/** Private modes (DECSET) that are on by default; all other tracked modes are off by default. */
const DEFAULT_ON = new Set([7, 25])
/**
 * The private modes that must be restored at the end: cursor keys, wrap, mouse (9, 1000 to 1016), cursor, focus,
 * alternate scroll, paste, synchronised output, colour-scheme and size reports.
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const TRACKED = new Set([
  1, 7, 9, 25, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 2004, 2026, 2031, 2048,
])

/** The terminal modes that a program has changed, read from its output. */
export interface Modes {
  /** Parses the next bytes of the program's output; chunks may end anywhere. */
  feed(bytes: Uint8Array): void
  /** Returns the sequence that restores the terminal's modes; empty when the program has restored all of them itself. */
  restoreSequence(): string
  /** Returns the sequence that sets the program's modes again after a restore. */
  reenableSequence(): string
  /** Whether the program uses the alternate screen. */
  readonly alternateScreen: boolean
  /** Whether the output so far ends inside an escape sequence. */
  readonly insideSequence: boolean
}

type State = 'ground' | 'escape' | 'charset' | 'csi' | 'string'

/** Creates the mode tracker of one terminal. */
export function createModes(): Modes {
  let state: State = 'ground'
  let parameters = ''
  let changed = new Set<number>()
  let alternate = 0
  let keypad = false
  let modifyOtherKeys = ''
  let cursorShape = ''
  let scrollRegion = ''
  // Each screen has a keyboard stack of its own: https://sw.kovidgoyal.net/kitty/keyboard-protocol/
  let main = keyboardFlags()
  let alt = keyboardFlags()

  const reset = (): void => {
    changed = new Set()
    alternate = 0
    keypad = false
    modifyOtherKeys = ''
    cursorShape = ''
    scrollRegion = ''
    main = keyboardFlags()
    alt = keyboardFlags()
  }
  const softReset = (): void => {
    for (const mode of [1, 7, 25]) changed.delete(mode)
    keypad = false
    scrollRegion = ''
    cursorShape = ''
  }
  const keyboard = (): KeyboardFlags => (alternate === 0 ? main : alt)
  const setPrivate = (list: string, on: boolean): void => {
    for (const text of list.split(';')) {
      const mode = Number(text)
      if (ALT_SCREENS.includes(mode)) alternate = on ? mode : 0
      else if (TRACKED.has(mode)) {
        if (on === DEFAULT_ON.has(mode)) changed.delete(mode)
        else changed.add(mode)
      }
    }
  }
  const control = (final: string): void => {
    const first = parameters[0] ?? ''
    const rest = parameters.slice(1)
    if (first === '?' && (final === 'h' || final === 'l')) setPrivate(rest, final === 'h')
    else if (final === 'u' && first !== '?' && first !== '') keyboard().apply(first, rest)
    else if (final === 'm' && /^>4(;|$)/.test(parameters)) modifyOtherKeys = parameters.slice(3)
    else if (final === 'n' && parameters === '>4') modifyOtherKeys = '0'
    else if (final === 'q' && parameters.endsWith(' ')) cursorShape = Number(parameters.slice(0, -1)) ? parameters : ''
    else if (final === 'r' && /^[\d;]*$/.test(parameters)) scrollRegion = parameters
    else if (final === 'p' && parameters === '!') softReset()
  }
  const introduce = (byte: number): State => {
    if (byte === 0x5b) {
      parameters = ''
      return 'csi'
    }
    // OSC, DCS, SOS, PM and APC carry text up to BEL or ST; an ST's backslash ends up in 'ground' below.
    if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return 'string'
    if (byte === 0x18 || byte === 0x1a) return 'ground'
    // Any other control character is executed at once and does not end the sequence.
    if (byte < 0x20) return 'escape'
    if (byte >= 0x20 && byte <= 0x2f) return 'charset'
    if (byte === 0x3d || byte === 0x3e) keypad = byte === 0x3d
    if (byte === 0x63) reset()
    return 'ground'
  }
  const csi = (byte: number): State => {
    if (byte === ESC) return 'escape'
    if (byte === 0x18 || byte === 0x1a) return 'ground'
    if (byte < 0x20 || byte > 0x7e) return 'csi'
    if (byte < 0x40) {
      if (parameters.length < LONGEST_CSI) parameters += String.fromCharCode(byte)
      return 'csi'
    }
    control(String.fromCharCode(byte))
    return 'ground'
  }
  const step = (byte: number): State => {
    if (state === 'escape') return introduce(byte)
    if (state === 'csi') return csi(byte)
    if (state === 'charset') return byte === ESC ? 'escape' : 'ground'
    if (byte === ESC) return 'escape'
    return byte === BEL || byte === 0x18 || byte === 0x1a ? 'ground' : 'string'
  }
  const privateModes = (on: boolean): string => {
    let text = ''
    for (const mode of changed) {
      // Synchronised output is never switched on again: it would freeze the screen, and the next repaint does it anyway.
      if (on && mode === 2026) continue
      text += `\x1b[?${mode}${on === DEFAULT_ON.has(mode) ? 'l' : 'h'}`
    }
    return text
  }
  return {
    feed(bytes) {
      let index = 0
      while (index < bytes.length) {
        if (state === 'ground') {
          index = bytes.indexOf(ESC, index)
          if (index < 0) return
        }
        state = step(bytes[index] as number)
        index += 1
      }
    },
    restoreSequence() {
      let text = privateModes(false)
      if (scrollRegion) text += '\x1b7\x1b[r\x1b8'
      if (alternate !== 0) text += `${alt.undo()}\x1b[?${alternate}l`
      text += main.undo()
      if (modifyOtherKeys && modifyOtherKeys !== '0') text += '\x1b[>4m'
      if (keypad) text += '\x1b>'
      if (cursorShape) text += '\x1b[0 q'
      return text && `${state === 'ground' ? '' : '\x1b\\'}${text}\x1b[0m`
    },
    reenableSequence() {
      let text = modifyOtherKeys && `\x1b[>4;${modifyOtherKeys}m`
      text += main.redo()
      if (alternate !== 0) text += `\x1b[?${alternate}h${alt.redo()}`
      if (keypad) text += '\x1b='
      if (cursorShape) text += `\x1b[${cursorShape}q`
      if (scrollRegion) text += `\x1b7\x1b[${scrollRegion}r\x1b8`
      return text + privateModes(true)
    },
    get alternateScreen() {
      return alternate !== 0
    },
    get insideSequence() {
      return state !== 'ground'
    },
  }
}
