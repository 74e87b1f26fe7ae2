const ESC = 0x1b
const SUSPEND = 0x1a
const LONGEST_CSI = 32

/** A chunk of the user's input, split at the suspend key. */
interface ScannedInput {
  before: Buffer
  suspend: boolean
  after: Buffer
}

/** Finds the suspend key (Ctrl-Z) in the user's input, but not inside a bracketed paste. No input is held back. */
export interface SuspendKey {
  scan(bytes: Buffer): ScannedInput
}

const NOTHING = Buffer.alloc(0)

/** Creates a scanner for one terminal's input; a key whose bytes arrive in two reads is passed on unchanged. */
export function createSuspendKey(): SuspendKey {
  let state: 'ground' | 'escape' | 'csi' = 'ground'
  let parameters = ''
  let pasting = false

  const finish = (final: number): boolean => {
    if (final === 0x7e && parameters === '200') pasting = true
    else if (final === 0x7e && parameters === '201') pasting = false
    else if (!pasting) return isSuspend(parameters, final)
    return false
  }
  return {
    scan(bytes) {
      let start = -1
      let index = 0
      while (index < bytes.length) {
        if (state === 'ground') {
          index = nextOfInterest(bytes, index, pasting)
          if (index < 0) break
        }
        const byte = bytes[index] as number
        if (byte === ESC) {
          state = 'escape'
          start = index
        } else if (state === 'escape' && byte === 0x5b) {
          state = 'csi'
          parameters = ''
        } else if (state === 'csi' && byte >= 0x20 && byte < 0x40 && parameters.length < LONGEST_CSI) {
          parameters += String.fromCharCode(byte)
        } else {
          // ESC directly before it in the same read makes it Alt-Ctrl-Z, a different key.
          const plain = byte === SUSPEND && !pasting && !(state === 'escape' && start === index - 1 && start >= 0)
          const coded = state === 'csi' && finish(byte) && start >= 0
          state = 'ground'
          if (plain || coded) {
            const end = index + 1
            return {
              before: bytes.subarray(0, coded ? start : index),
              suspend: true,
              after: bytes.subarray(end),
            }
          }
        }
        index += 1
      }
      return { before: bytes, suspend: false, after: NOTHING }
    },
  }
}

function nextOfInterest(bytes: Buffer, from: number, pasting: boolean): number {
  const sequence = bytes.indexOf(ESC, from)
  if (pasting) return sequence
  const key = bytes.indexOf(SUSPEND, from)
  if (key < 0) return sequence
  return sequence < 0 ? key : Math.min(sequence, key)
}

/** Returns whether `CSI parameters final` is Ctrl-Z: kitty's `122;5u` (also with lock keys or repeated), xterm's `27;5;122~`. */
function isSuspend(parameters: string, final: number): boolean {
  if (final === 0x7e) return parameters === '27;5;122'
  if (final !== 0x75) return false
  const match = /^122(?::\d*)*;(\d+)(?::[12])?(?:;|$)/.exec(parameters)
  // Modifiers are sent as 1 + a bit set: Ctrl is 4, Caps Lock 64, Num Lock 128.
  return match !== null && ((Number(match[1]) - 1) & ~(64 | 128)) === 4
}
