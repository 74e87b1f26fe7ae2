import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Log } from '../log/log.js'

/** By its path: PATH may begin with a folder of the project. */
const STTY = ['/bin/stty', '/usr/bin/stty'].find((path) => existsSync(path)) ?? '/bin/stty'

/** Puts the user's terminal into raw mode, so that every byte arrives unchanged; returns false when that fails. */
export function enterRaw(stdin: NodeJS.ReadStream, log: Log): boolean {
  try {
    stdin.setRawMode(true)
    return true
  } catch (error) {
    log.warn('terminal.raw.failed', { error: String(error) })
    return false
  }
}

/**
 * Switches off the terminal's output processing. libuv's raw mode leaves it on (OPOST and ONLCR in uv_tty_set_mode), which
 * would turn each line feed of the child into CR LF. Takes about 4 ms, while the child is starting.
 */
export function stopOutputProcessing(stdin: NodeJS.ReadStream, log: Log): void {
  const { fd } = stdin as NodeJS.ReadStream & { fd: number }
  const { error, status } = spawnSync(STTY, ['-opost'], { stdio: [fd, 'ignore', 'ignore'], timeout: 1000 })
  if (error || status !== 0) log.warn('terminal.raw.opost', { error: String(error ?? status) })
}

/** Restores the terminal's line discipline from before `enterRaw`. */
export function leaveRaw(stdin: NodeJS.ReadStream, log: Log): void {
  try {
    stdin.setRawMode(false)
  } catch (error) {
    log.debug('terminal.raw.restore', { error: String(error) })
  }
}
