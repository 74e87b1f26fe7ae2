import { type ChildProcess, spawn } from 'node:child_process'

/** Process groups that this process started and that may still have members. */
const groups = new Set<number>()
/** Groups whose leader has ended: their other members are looked for until there are none. */
const left = new Set<number>()
const ending = new Set<Promise<void>>()
let watched = false
let guard: ChildProcess | undefined
let look: NodeJS.Timeout | undefined

/**
 * Reads `+ GROUP` and `- GROUP` and kills every group that is left when its input ends: this process has died then, by
 * whatever signal. One guard serves all groups.
 */
const GUARD = `trap '' HUP INT TERM; groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done`

/** How often the members of a group without its leader are looked for, in ms. */
const LOOK_MS = 1000

/** Remembers a group until it is empty. It ends with this process at the latest, also where a signal kills this process. */
export function keepGroup(group: number): void {
  groups.add(group)
  tellGuard(`+ ${group}`)
  if (watched) return
  watched = true
  process.on('exit', killGroups)
}

/** The leader of a group has ended: what it left in the background stays, and the group is forgotten once it is empty. */
export function leaveGroup(group: number): void {
  if (!signalGroup(group, 0)) return
  left.add(group)
  look ??= setInterval(forgetEmpty, LOOK_MS).unref()
}

/** Ends a group: SIGTERM, and SIGKILL after `graceMs` for the members that are still there. */
export function endGroup(group: number, graceMs: number): void {
  const ended = end(group, graceMs).finally(() => ending.delete(ended))
  ending.add(ended)
}

/** Ends every group there still is: a process that dies of a signal has no chance to do it as it goes. */
export async function endGroups(): Promise<void> {
  await Promise.all(ending)
  killGroups()
}

/** Sends a signal to a group (0: none, only looks); false where it has no member left, and the group is then forgotten. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // `kill(-1)` and `kill(0)` would signal every process of the user, or the own group (kill(2)).
    if (!(group > 1)) throw new RangeError(`${group} is no process group of a program`)
    process.kill(-group, signal)
    return true
  } catch {
    // Its number may belong to another program from now on.
    forget(group)
    return false
  }
}

function killGroups(): void {
  for (const group of [...groups]) signalGroup(group, 'SIGKILL')
}

function forgetEmpty(): void {
  for (const group of [...left]) signalGroup(group, 0)
  if (left.size > 0) return
  clearInterval(look)
  look = undefined
}

function forget(group: number): void {
  left.delete(group)
  if (groups.delete(group)) tellGuard(`- ${group}`)
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

function tellGuard(line: string): void {
  // There are no process groups to guard on Windows.
  if (process.platform === 'win32') return
  guard ??= startGuard()
  guard.stdin?.write(`${line}\n`)
}

function startGuard(): ChildProcess {
  const started = spawn('/bin/sh', ['-c', GUARD], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, env: {} })
  const lost = (): void => {
    if (guard === started) guard = undefined
  }
  started.on('error', lost).on('exit', lost)
  started.stdin?.on('error', lost)
  started.unref()
  ;(started.stdin as { unref?(): void } | null)?.unref?.()
  // A guard that takes over from a lost one knows what the other knew.
  for (const group of groups) started.stdin?.write(`+ ${group}\n`)
  return started
}
