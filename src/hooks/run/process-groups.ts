/** Process groups that this module started and that may still have members. */
const groups = new Set<number>()
const ending = new Set<Promise<void>>()
let watched = false

/** Tracks a group until it is empty; the group is killed when this process exits (not when a signal kills it). */
export function keepGroup(group: number): void {
  groups.add(group)
  if (watched) return
  watched = true
  process.on('exit', killGroups)
}

/** Ends a group: SIGTERM, and SIGKILL after `graceMs` for what is still there. */
export function endGroup(group: number, graceMs: number): void {
  const ended = end(group, graceMs).finally(() => ending.delete(ended))
  ending.add(ended)
}

/** Ends all remaining groups. Call it before this process may die of a signal, as the exit handler does not run then. */
export async function endGroups(): Promise<void> {
  await Promise.all(ending)
  killGroups()
}

function killGroups(): void {
  for (const group of groups) signalGroup(group, 'SIGKILL')
}

async function end(group: number, graceMs: number): Promise<void> {
  if (!signalGroup(group, 'SIGTERM')) return
  const until = performance.now() + graceMs
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    if (!signalGroup(group, 0)) return
  }
  signalGroup(group, 'SIGKILL')
}

/** Sends a signal to a group (0 only tests it). Returns false if the group is empty, and stops tracking it. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    // The system may reuse its number from now on.
    groups.delete(group)
    return false
  }
}
