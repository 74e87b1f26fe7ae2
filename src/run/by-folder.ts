/** Things that belong to one working directory each: opened when they are first needed, and kept for the run. */
export interface ByFolder<T> {
  of(folder: string): T
  /** Returns those that are open. */
  opened(): readonly T[]
}

/**
 * Creates the collection; `open` is called once per folder, and again when `generation` has changed since (a session's files
 * were read anew).
 */
export function byFolder<T>(open: (folder: string) => T, generation: () => number = () => 0): ByFolder<T> {
  const all = new Map<string, { readonly value: T; readonly from: number }>()
  return {
    of(folder) {
      const known = all.get(folder)
      const from = generation()
      if (known?.from === from) return known.value
      const value = open(folder)
      all.set(folder, { value, from })
      return value
    },
    opened: () => [...all.values()].map(({ value }) => value),
  }
}
