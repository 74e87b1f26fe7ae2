/** Things that belong to one working directory each: opened when they are first needed, and kept for the run. */
export interface ByFolder<T> {
  of(folder: string): T
  /** Returns those that were opened. */
  opened(): readonly T[]
}

/** Creates the collection; `open` is called once per folder. */
export function byFolder<T>(open: (folder: string) => T): ByFolder<T> {
  const all = new Map<string, { readonly value: T }>()
  return {
    of(folder) {
      const entry = all.get(folder) ?? { value: open(folder) }
      all.set(folder, entry)
      return entry.value
    },
    opened: () => [...all.values()].map(({ value }) => value),
  }
}
