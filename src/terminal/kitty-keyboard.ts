const DEEPEST = 32

/** The kitty keyboard state of one screen: https://sw.kovidgoyal.net/kitty/keyboard-protocol/#progressive-enhancement */
export interface KeyboardFlags {
  /** Applies `CSI > flags u` (push), `CSI < n u` (pop) or `CSI = flags ; mode u` (set); `kind` is the character after CSI. */
  apply(kind: string, parameters: string): void
  /** Returns the sequence that removes the program's entries. */
  undo(): string
  /** Returns the sequence that adds them again. */
  redo(): string
}

/** Creates an empty stack on top of the terminal's current one. */
export function keyboardFlags(): KeyboardFlags {
  let base = 0
  let stack: number[] = []
  const top = (): number => stack.at(-1) ?? base
  const setTop = (flags: number): void => {
    if (stack.length === 0) base = flags
    else stack[stack.length - 1] = flags
  }
  return {
    apply(kind, parameters) {
      const [first = 0, second = 1] = parameters.split(';').map((text) => Number(text) || undefined)
      if (kind === '>') stack = [...stack, first].slice(-DEEPEST)
      else if (kind === '<') stack = stack.slice(0, Math.max(0, stack.length - (first || 1)))
      else if (kind === '=') setTop(second === 3 ? top() & ~first : second === 2 ? top() | first : first)
    },
    undo() {
      return (stack.length > 0 ? `\x1b[<${stack.length}u` : '') + (base ? '\x1b[=0u' : '')
    },
    redo() {
      return (base ? `\x1b[=${base}u` : '') + stack.map((flags) => `\x1b[>${flags}u`).join('')
    },
  }
}
