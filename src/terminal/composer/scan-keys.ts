const ESC = 0x1b
const LONGEST_CSI = 64
/** How much of a paste is kept: enough to recognize a command by its beginning and the echo by its end. */
const PASTE_KEPT = 400

/** One key or paste of the terminal's input, by its effect in a line editor. */
export type Key =
  /** Enter or Tab without modifiers: the keys that submit a draft in codex. `start` and `end` are offsets in the bytes. */
  | { readonly kind: 'submit'; readonly key: 'enter' | 'tab'; readonly start: number; readonly end: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'paste'; readonly paste: Paste }
  /** Moves the cursor in the line; the text does not change. */
  | { readonly kind: 'move' }
  /** Up or down: an entry of the history, or another row of a list. */
  | { readonly kind: 'choose' }
  /** Deletes text. */
  | { readonly kind: 'erase' }
  /** Anything else that may change the text. */
  | { readonly kind: 'edit' }

/** A bracketed paste: its beginning, its end, and its length in characters. */
export interface Paste {
  readonly head: string
  readonly tail: string
  readonly length: number
}

/** Parses the user's input into keys. Mouse and focus events and the terminal's replies are left out. */
export interface KeyScanner {
  scan(bytes: Buffer): Key[]
}

/** Creates a scanner for one terminal; sequences and pastes may arrive in any number of reads. */
export function createKeyScanner(): KeyScanner {
  let state: 'ground' | 'escape' | 'csi' | 'ss3' | 'string' = 'ground'
  let parameters = ''
  let pasting: PasteReader | undefined

  return {
    scan(bytes) {
      const keys: Key[] = []
      // A lone Escape was a key press, unless this read continues a sequence.
      if (state === 'escape' && bytes[0] !== 0x5b) state = 'ground'
      let index = 0
      let start = 0
      const finish = (final: number): void => {
        const sequence = parameters + String.fromCharCode(final)
        if (sequence === '200~') pasting = pasting ?? new PasteReader()
        else if (pasting) {
          if (sequence !== '201~') return
          keys.push({ kind: 'paste', paste: pasting.end() })
          pasting = undefined
        } else {
          const key = keyOfSequence(sequence, start, index + 1)
          if (key) keys.push(key)
        }
      }
      while (index < bytes.length) {
        const byte = bytes[index] as number
        if (state === 'ground' && byte !== ESC) {
          if (pasting) {
            const end = orEnd(bytes.indexOf(ESC, index), bytes)
            pasting.add(bytes.subarray(index, end))
            index = end
            continue
          }
          const end = endOfText(bytes, index)
          if (end > index) {
            keys.push({ kind: 'text', text: bytes.toString('utf8', index, end) })
            index = end
            continue
          }
          keys.push(keyOfControl(byte, index))
        } else if (byte === ESC) {
          if (state === 'escape' && !pasting) keys.push({ kind: 'edit' })
          state = 'escape'
          start = index
        } else if (state === 'escape') {
          state = introduce(byte)
          parameters = ''
          // Alt with a key: for codex Alt-Enter is a line end, not a submit.
          if (state === 'ground' && !pasting && byte !== 0x5c) keys.push({ kind: 'edit' })
        } else if (state === 'csi') {
          if (byte >= 0x40 && byte <= 0x7e) {
            state = 'ground'
            finish(byte)
          } else if (byte < 0x20) {
            // Not a sequence: Escape and `[` were typed.
            state = 'ground'
            continue
          } else if (parameters.length < LONGEST_CSI) parameters += String.fromCharCode(byte)
        } else if (state === 'ss3') {
          state = 'ground'
          if (!pasting) keys.push(keyOfLetter(String.fromCharCode(byte)))
        } else if (byte === 0x07) state = 'ground'
        index += 1
      }
      if (state === 'escape' && !pasting) keys.push({ kind: 'edit' })
      else if (state === 'ss3') state = 'ground'
      return keys
    },
  }
}

/** Returns the state after ESC and this byte. */
function introduce(byte: number): 'csi' | 'ss3' | 'string' | 'ground' {
  if (byte === 0x5b) return 'csi'
  if (byte === 0x4f) return 'ss3'
  // OSC, DCS and APC: the terminal's replies to queries.
  return byte === 0x5d || byte === 0x50 || byte === 0x5f ? 'string' : 'ground'
}

function orEnd(index: number, bytes: Buffer): number {
  return index < 0 ? bytes.length : index
}

function endOfText(bytes: Buffer, from: number): number {
  let end = from
  while (end < bytes.length && (bytes[end] as number) >= 0x20 && bytes[end] !== 0x7f) end += 1
  return end
}

/** Backspace in both forms, Ctrl-D, -K, -U, -W. */
const ERASING = new Set([0x7f, 0x08, 0x04, 0x0b, 0x15, 0x17])

function keyOfControl(byte: number, at: number): Key {
  if (byte === 0x0d) return { kind: 'submit', key: 'enter', start: at, end: at + 1 }
  if (byte === 0x09) return { kind: 'submit', key: 'tab', start: at, end: at + 1 }
  // Ctrl-P, Ctrl-N; then Ctrl-A, -B, -E, -F.
  if (byte === 0x10 || byte === 0x0e) return { kind: 'choose' }
  if (byte === 0x01 || byte === 0x02 || byte === 0x05 || byte === 0x06) return { kind: 'move' }
  return { kind: ERASING.has(byte) ? 'erase' : 'edit' }
}

/** Returns the key of `CSI sequence`; null when it is not a key press. */
function keyOfSequence(sequence: string, start: number, end: number): Key | null {
  const final = sequence.at(-1) ?? ''
  const values = sequence.slice(0, -1)
  // Mouse (SGR), focus, and the replies to DA, DSR, DECRQM, kitty's and size queries.
  if (/^[<?>]/.test(values) || (/^[IO]$/.test(final) && values === '') || 'Rcnty'.includes(final)) return null
  // kitty reports the release of a key as event 3.
  const [, code = '', modifiers = '1', event = '1'] = /^(\d*)(?::\d*)*(?:;(\d*)(?::(\d))?)?/.exec(values) ?? []
  if (event === '3') return null
  if (final === 'u') {
    // Modifiers are sent as 1 + a bit set, of which Caps Lock is 64 and Num Lock 128.
    const plain = ((Number(modifiers || 1) - 1) & ~(64 | 128)) === 0
    // 57414 is the Enter of the keypad.
    if (plain && (code === '13' || code === '57414')) return { kind: 'submit', key: 'enter', start, end }
    return plain && code === '9' ? { kind: 'submit', key: 'tab', start, end } : { kind: 'edit' }
  }
  if (final === '~') return { kind: code === '3' ? 'erase' : ['1', '4', '7', '8'].includes(code) ? 'move' : 'edit' }
  return keyOfLetter(final)
}

function keyOfLetter(letter: string): Key {
  if (letter === 'A' || letter === 'B') return { kind: 'choose' }
  return { kind: 'CDHF'.includes(letter) ? 'move' : 'edit' }
}

/** Keeps the two ends of a paste. */
class PasteReader {
  #head = ''
  #tail = ''
  #length = 0
  #last = ''

  add(bytes: Buffer): void {
    // codex counts each kind of line end as one character.
    const text = bytes.toString('utf8').replace(this.#last === '\r' ? /^\n/ : /$^/, '')
    this.#last = text.at(-1) ?? this.#last
    const lines = text.replace(/\r\n?/g, '\n')
    if (this.#head.length < PASTE_KEPT) this.#head += lines.slice(0, PASTE_KEPT)
    this.#tail = (this.#tail + lines).slice(-PASTE_KEPT)
    for (const _ of lines) this.#length += 1
  }

  end(): Paste {
    return { head: this.#head, tail: this.#tail, length: this.#length }
  }
}
