import { printableLine } from '../terminal/printable.js'

/** One-line messages for the user. They go to stderr, but never while codex's TUI uses the screen. */
export interface Notices {
  /** Writes a message now, or after the TUI; each message only once per run. */
  say(line: string): void
  /** Like `say`, for a message that the TUI can show by a hook's answer: until then it is queued for `take`. */
  tell(line: string): void
  /** Returns the messages that wait for a hook's answer; they are not written after the TUI. */
  take(): readonly string[]
  /** Queues messages from now on, as codex uses the terminal. */
  hold(): void
  /** Writes the queued messages; codex no longer uses the terminal. */
  release(): void
}

/** Formats a message for the terminal. It may contain text of files, so control characters are made visible. */
export function noticeLine(line: string): string {
  return `codex-plus: ${printableLine(line)}\n`
}

/** Creates the notices of one run; `write` gets one whole line per call. */
export function createNotices(write: (line: string) => void): Notices {
  const written = new Set<string>()
  const queued: string[] = []
  const toTell: string[] = []
  let held = false
  const add = (line: string, queue: string[]): void => {
    if (written.has(line)) return
    written.add(line)
    if (held) queue.push(line)
    else write(noticeLine(line))
  }
  return {
    say: (line) => add(line, queued),
    tell: (line) => add(line, toTell),
    take: () => toTell.splice(0),
    hold() {
      held = true
    },
    release() {
      held = false
      for (const line of [...queued.splice(0), ...toTell.splice(0)]) write(noticeLine(line))
    },
  }
}
