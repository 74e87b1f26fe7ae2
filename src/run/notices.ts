import { printableLine } from '../terminal/printable.js'

/** One-line messages for the user. They go to stderr, but never while codex's TUI uses the screen. */
export interface Notices {
  /** Writes a message now, or after the TUI; each message only once per run. */
  say(line: string): void
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
  let held = false
  return {
    say(line) {
      if (written.has(line)) return
      written.add(line)
      if (held) queued.push(line)
      else write(noticeLine(line))
    },
    hold() {
      held = true
    },
    release() {
      held = false
      for (const line of queued.splice(0)) write(noticeLine(line))
    },
  }
}
