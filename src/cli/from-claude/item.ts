// This folder tells a user of Claude Code what of their `.claude` folders works with codex, and what to change.

/** One thing of a `.claude` folder. */
export interface Item {
  /** What it is, with its name. */
  readonly what: string
  /** The file it is in, with the line where that is known. */
  readonly path: string
  /** What codex-plus does with it. */
  readonly does: string
  /** What to change, or that there is nothing to change. */
  readonly change: string
}

/** The things of one folder. */
export interface ClaudeFolder {
  readonly folder: string
  readonly items: readonly Item[]
}

/** The value of `change` for a thing that works as it is. */
export const NOTHING = 'nothing'

/** Whether a thing works as it is. */
export function works({ change }: Item): boolean {
  return change === NOTHING
}
