import type { Draft } from './read-draft.js'
import type { Key, Paste } from './scan-keys.js'

/** After this time without a key, in ms, the screen shows the typed text or never will; codex needs about 20. */
const ECHO_MS = 1200
/** The same for keys whose effect cannot be checked: history, deletions, vim's commands, fields of other screens. */
const EFFECT_MS = 150
/** Keys older than this, in ms, were shown before codex stopped drawing. */
const POSTPONE_MS = 3000
/** How many of the last typed characters are looked for on the screen. */
const TAIL = 48
/** codex shows a paste longer than this as a placeholder. */
const PLACEHOLDER_FROM = 1000
const PASTES_KEPT = 8
/** After this time, in ms, a sent draft has left the screen or was rejected. */
const SENT_MS = 400

/** The user's recent input, to decide whether the screen shows it already. */
export interface Typing {
  note(keys: readonly Key[]): void
  /** Forgets the input: it has been handled. */
  settle(): void
  /** Restarts the waiting time: codex is not drawing. */
  postpone(): void
  /** Notes that `draft` is being sent; it is not taken for a new draft while it is still on the screen. */
  sent(draft: Draft): void
  /** Returns whether `draft` shows everything typed so far, as far as that can be known. */
  shownBy(draft: Draft | null): boolean
  /** Returns whether input that is not shown yet could make `draft` begin with a slash. */
  mayMakeSlash(draft: Draft | null): boolean
  /** Whether the last key selected from a list or from the history. */
  readonly chose: boolean
  /** Returns the beginning of the text behind codex's placeholder for a long paste; null for an unknown one. */
  pasted(placeholder: string): string | null
}

/** Creates the record with nothing typed; `now` returns ms. */
export function createTyping(now: () => number): Typing {
  let tail = ''
  let last = Number.NEGATIVE_INFINITY
  /** Whether the cursor has left the end of the tail. */
  let moved = false
  /** Whether keys with an unknown effect on the text were pressed. */
  let blurred = false
  let slash = false
  let chose = false
  let erased = false
  let sent: { text: string; at: number } | null = null
  const pastes: Paste[] = []

  const reset = (): void => {
    tail = ''
    moved = false
    blurred = false
    erased = false
    slash = false
  }
  const add = (text: string, end: string): void => {
    // codex handles keys in order: when the newest text is shown, the older text is too.
    tail = ((moved ? '' : tail) + withoutBlanks(end)).slice(-TAIL)
    moved = false
    if (text.includes('/')) slash = true
  }
  const note = (key: Key): void => {
    chose = key.kind === 'choose'
    if (key.kind === 'text') add(key.text, key.text)
    else if (key.kind === 'paste') {
      const { paste } = key
      if (paste.length > PLACEHOLDER_FROM) {
        pastes.unshift(paste)
        pastes.length = Math.min(pastes.length, PASTES_KEPT)
        add(paste.head, placeholderOf(paste))
      } else add(paste.head, paste.tail)
    } else if (key.kind === 'move') moved = true
    else {
      tail = ''
      moved = false
      if (key.kind === 'erase') erased = true
      else blurred = true
    }
  }
  return {
    note(keys) {
      if (keys.length === 0) return
      const at = now()
      if (at - last > ECHO_MS) reset()
      last = at
      for (const key of keys) note(key)
    },
    settle: reset,
    postpone() {
      if (now() - last < POSTPONE_MS) last = now()
    },
    sent(draft) {
      sent = { text: draft.text, at: now() }
    },
    shownBy(draft) {
      if (sent !== null && draft?.text === sent.text && now() - sent.at < SENT_MS) return false
      sent = null
      const age = now() - last
      if (age > ECHO_MS || (tail === '' && !blurred && !erased)) return true
      if (draft === null || draft.normalMode || tail === '') return age > EFFECT_MS
      if (moved) return withoutBlanks(draft.text).includes(tail)
      const before = withoutBlanks(draft.beforeCursor)
      // Keys that codex handles itself, such as `?` on an empty line, leave only the text after them.
      return before.endsWith(tail) || (before.startsWith('/') && tail.endsWith(before))
    },
    mayMakeSlash(draft) {
      return slash || (draft !== null && (blurred || (erased && draft.text.includes('/'))))
    },
    get chose() {
      return chose
    },
    pasted(placeholder) {
      return pastes.find((paste) => placeholder.startsWith(placeholderOf(paste)))?.head ?? null
    },
  }
}

function placeholderOf({ length }: Paste): string {
  return `[Pasted Content ${length} chars]`
}

/** Removes white space: rows lose the blanks at which they are broken. */
function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '')
}
