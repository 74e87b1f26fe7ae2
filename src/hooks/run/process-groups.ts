/** Process groups that were started here and may still have members. */
const groups = new Set<number>()
const ending = new Set<Promise<void>>()
let watched = false

/** Remembers a group until it is empty: it ends with this process at the latest, however this process ends by itself. */
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

/** Ends every group there still is: a process that dies of a signal has no chance to do it as it goes. */
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

/** Sends a signal to a group (0: none, only looks); false where nobody is left, and the group is then forgotten. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    // Its number may be given to others from now on.
    groups.delete(group)
    return false
  }
}
