import { printable } from '../terminal/printable.js'

/** One-line messages for the person at the terminal. They go to stderr, and never while codex's TUI owns the screen. */
export interface Notices {
  /** Says a line now, or after the TUI; the same line only once a run. */
  say(line: string): void
  /** From here on lines wait: the terminal is codex's. */
  hold(): void
  /** The terminal is ours again: what waited is said. */
  release(): void
}

/** A line for the person at the terminal as it is written: texts of files may be in it, and must not act on a terminal. */
export function noticeLine(line: string): string {
  return `codex-plus: ${printable(line)}\n`
}

/** Makes the notices of one run, written with `write` (a whole line each). */
export function createNotices(write: (line: string) => void): Notices {
  const said = new Set<string>()
  const waiting: string[] = []
  let held = false
  return {
    say(line) {
      if (said.has(line)) return
      said.add(line)
      if (held) waiting.push(line)
      else write(noticeLine(line))
    },
    hold() {
      held = true
    },
    release() {
      held = false
      for (const line of waiting.splice(0)) write(noticeLine(line))
    },
  }
}
