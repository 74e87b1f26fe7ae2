import type { Log } from '../../log/log.js'
import type { AppInput, TerminalInterceptor } from '../interceptor.js'
import { type Draft, readDraft } from './read-draft.js'
import { createKeyScanner, type Key } from './scan-keys.js'
import { createMirror, type Mirror } from './screen-mirror.js'
import { createTyping, type Typing } from './typing.js'

/** The slash commands that codex-plus adds to codex's composer. */
export interface TypedCommands {
  /** Whether a draft that begins with `text` is a command of codex-plus. */
  owns(text: string): boolean
  /** The text that Tab adds to `/word`; null when no codex-plus command begins with it. */
  completion(word: string): string | null
  /** Called before the others, with the parts of codex's status line: the commands depend on the folder it names. */
  look?(shown: readonly string[]): Promise<void>
}

export interface ComposerOptions {
  /** Returns the commands; null while they are not loaded. Called on each use. */
  commands(): TypedCommands | null
  readonly log: Log
}

/** How long a submit key may be held in total, in ms; below the interceptor's PATIENCE_MS. codex needs about 20. */
const WAIT_MS = 2700
/** The part of it reserved for moving the cursor to the beginning. */
const MOVE_MS = 500
/** Commands that are not loaded after this time are never loaded: their feature is off. */
const START_MS = 10_000
/** Lines to move up at once in a draft whose beginning is scrolled out of view; codex draws after each. */
const LINES_AT_ONCE = 64
/** codex has handled all keys when the screen has not changed for this time, in ms. */
const STILL_MS = 50

/** A pasted space: a typed one would make codex see a burst of keys, in which Enter is a line end (codex 0.169). */
const PASTED_SPACE = '\x1b[200~ \x1b[201~'

type Submit = Extract<Key, { kind: 'submit' }>

/**
 * Makes codex send `/name …` although it does not know the name: a space in front makes it a prompt, and codex removes the
 * space. All other keys are passed on unchanged at once.
 */
export function createComposer({ commands, log }: ComposerOptions): TerminalInterceptor {
  const mirror = createMirror(log)
  const scanner = createKeyScanner()
  const typing = createTyping(() => performance.now())
  const begun = performance.now()
  const isStarting = (): boolean => performance.now() - begun < START_MS
  const parts: Parts = { mirror, typing, commands, isStarting, log }

  return {
    output: (bytes) => mirror.feed(bytes),
    resize: (cols, rows) => mirror.resize(cols, rows),
    input(bytes, ahead) {
      const keys = scanner.scan(bytes)
      const submit = findSubmit(keys)
      const [before, after] = submit === null ? [keys, []] : splitAt(keys, submit)
      typing.note(before)
      if (submit === null) return bytes
      const settle = (): void => {
        typing.settle()
        typing.note(after)
      }
      if (!isForCodex(parts)) return answer(bytes, submit, parts, ahead).finally(settle)
      settle()
      return bytes
    },
  }
}

interface Parts {
  readonly mirror: Mirror
  readonly typing: Typing
  readonly log: Log
  commands(): TypedCommands | null
  /** Whether the commands may still be loading. */
  isStarting(): boolean
}

/**
 * Finds the submit key of a read: the first that begins it, ends it, or follows a paste. An Enter in the middle of text is
 * a line end of a paste without brackets.
 */
function findSubmit(keys: readonly Key[]): Submit | null {
  for (const [index, key] of keys.entries()) {
    if (key.kind !== 'submit') continue
    if (index === 0 || index === keys.length - 1 || keys[index - 1]?.kind === 'paste') return key
  }
  return null
}

function splitAt(keys: readonly Key[], key: Key): [Key[], Key[]] {
  const index = keys.indexOf(key)
  return [keys.slice(0, index), keys.slice(index + 1)]
}

function draftOn({ screen, cursorVisible }: Mirror): Draft | null {
  return screen === null || !cursorVisible ? null : readDraft(screen)
}

/** Returns whether the draft is certainly not a codex-plus command, as far as that is known without waiting. */
function isForCodex({ mirror, typing }: Parts): boolean {
  // A half-drawn frame will soon be complete.
  if (mirror.screen === null) return !mirror.open
  const draft = draftOn(mirror)
  if (draft !== null && mayBeCommand(draft)) return false
  return !typing.mayMakeSlash(draft) || typing.shownBy(draft)
}

function mayBeCommand({ text, hidden }: Draft): boolean {
  return hidden || text.startsWith('/') || text.startsWith('[Pasted Content ')
}

/** Returns the bytes to write in place of `bytes`, without those already sent through `ahead`. Never rejects. */
async function answer(bytes: Buffer, submit: Submit, parts: Parts, ahead: AppInput): Promise<Buffer> {
  const key = bytes.subarray(submit.start, submit.end)
  const after = bytes.subarray(submit.end)
  if (submit.start > 0) ahead.typed(submit.start)
  let instead: Buffer = key
  try {
    instead = await replace(key, submit.key, parts, ahead)
  } catch (error) {
    parts.log.error('terminal.composer', { error: String(error) })
  }
  return after.length === 0 ? instead : Buffer.concat([instead, after])
}

async function replace(
  key: Buffer,
  name: Submit['key'],
  { mirror, typing, commands, isStarting, log }: Parts,
  ahead: AppInput,
): Promise<Buffer> {
  const deadline = performance.now() + WAIT_MS
  const isShown = (): boolean => {
    if (mirror.asking) typing.postpone()
    return mirror.screen !== null && !mirror.asking && typing.shownBy(draftOn(mirror))
  }
  await mirror.until(isShown, WAIT_MS - MOVE_MS)
  const draft = draftOn(mirror)
  if (draft === null || !mayBeCommand(draft) || draft.popup === 'mention') return key
  // With a row of an open popup selected, the key selects that row.
  if (draft.popup === 'command' && (name === 'tab' || typing.chose)) return key
  if (isStarting()) await mirror.until(() => commands() !== null, deadline - performance.now())
  const known = commands()
  if (known === null) return key
  await known.look?.(draft.status)
  const isCommand = ({ text }: Draft): boolean => known.owns(typing.pasted(text) ?? text)
  if (!draft.hidden && !isCommand(draft)) return name === 'tab' ? complete(draft, known, key) : key
  const first = await moveToStart(draft, mirror, ahead, deadline)
  const command = first !== null && isCommand(first)
  log.debug('terminal.composer', { rows: draft.cursor.row + 1, hidden: draft.hidden, moved: first !== null, command })
  if (!command) return key
  typing.sent(first)
  return Buffer.concat([Buffer.from(PASTED_SPACE), key])
}

/** Completes a command name on Tab, where codex has no completion. */
function complete(draft: Draft, known: TypedCommands, key: Buffer): Buffer {
  const rest = isWord(draft) ? known.completion(draft.text) : null
  if (rest === null) return key
  return Buffer.from(rest === '' ? '' : `\x1b[200~${rest}\x1b[201~`)
}

/** Returns whether the draft is only `/word`, with the cursor behind it. */
function isWord({ text, beforeCursor, hidden, normalMode }: Draft): boolean {
  return !hidden && !normalMode && /^\/\S*$/.test(text) && beforeCursor === text
}

/** Moves the cursor before the first character and waits until it is there; returns null when that fails. */
async function moveToStart(draft: Draft, mirror: Mirror, ahead: AppInput, deadline: number): Promise<Draft | null> {
  const reached = (): Draft | null => {
    const now = draftOn(mirror)
    return now !== null && !now.hidden && now.cursor.row === 0 && now.cursor.column === 0 ? now : null
  }
  const left = (): number => deadline - performance.now()
  while (reached() === null && left() > 0) {
    ahead.added(Buffer.from(movesFor(draft)))
    // The number of hidden lines is unknown until the cursor gets there.
    const isStill = draft.hidden ? stillness(() => draftOn(mirror)?.text) : () => false
    await mirror.until(() => reached() !== null || isStill(), left())
  }
  return reached()
}

/** Ctrl-A moves to the beginning of the line, and from there to that of the previous one; vim's normal mode has `gg`. */
function movesFor({ cursor, hidden, normalMode }: Draft): string {
  if (normalMode) return 'gg'
  if (hidden) return '\x01'.repeat(LINES_AT_ONCE)
  return cursor.row === 0 ? '\x1b[H' : '\x01'.repeat(cursor.row + 1)
}

/** Returns a function that says whether the result of `read` has not changed for STILL_MS. */
function stillness(read: () => string | undefined): () => boolean {
  let last = read()
  let since = performance.now()
  return () => {
    const now = read()
    if (now !== last) since = performance.now()
    last = now
    return performance.now() - since > STILL_MS
  }
}
