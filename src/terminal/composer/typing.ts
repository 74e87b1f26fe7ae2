import type { Draft } from './read-draft.js'
import type { Key, Paste } from './scan-keys.js'

/** After so long without a key the screen shows the text that was typed, or never will, in ms; 20 is what codex needs. */
const ECHO_MS = 1200
/** The same where the effect cannot be looked for: history, deletions, vim's commands, fields of other screens. */
const EFFECT_MS = 150
/** Keys older than this were shown before codex stopped drawing. */
const POSTPONE_MS = 3000
/** Of what was typed, so much is looked for on the screen. */
const TAIL = 48
/** codex shows a longer paste as a placeholder. */
const PLACEHOLDER_FROM = 1000
const PASTES_KEPT = 8
/** A draft that was sent is off the screen by then, or was refused. */
const SENT_MS = 400

/** What the user typed lately, to tell whether the screen has caught up with it. */
export interface Typing {
  note(keys: readonly Key[]): void
  /** What was typed has been dealt with. */
  settle(): void
  /** Time does not count: codex is not drawing. */
  postpone(): void
  /** `draft` is being sent: until the screen shows another, it does not count as one. */
  sent(draft: Draft): void
  /** Whether `draft` shows everything typed so far, as far as that can be told. */
  shownBy(draft: Draft | null): boolean
  /** Whether what is not shown yet could make `draft` begin with a slash. */
  mayMakeSlash(draft: Draft | null): boolean
  /** Whether the newest key chose from a list or from the history. */
  readonly chose: boolean
  /** The text behind codex's placeholder for a long paste, by its beginning; null for an unknown one. */
  pasted(placeholder: string): string | null
}

/** Starts with nothing typed; `now` gives ms. */
export function createTyping(now: () => number): Typing {
  let tail = ''
  let last = Number.NEGATIVE_INFINITY
  /** The cursor has left the end of the tail. */
  let moved = false
  /** Keys were pressed that put any text there. */
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
    // codex takes keys in order: where the newest text is shown, the older is too.
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
      // Keys that codex takes for itself, such as `?` on an empty line, leave only what came after them.
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

/** Rows lose the blanks they are broken at. */
function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '')
}
