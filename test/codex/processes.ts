import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { scaled } from '../time.js'
import type { Lab } from './lab.js'

/** A process whose environment names a lab, so that it was started by a run in it. */
export interface LabProcess {
  readonly pid: number
  readonly command: string
}

/** The processes of a lab that run now; zombies left to this container's init do not count. */
export function processesOf(lab: Lab): LabProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(lab.root)) return []
        const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
        return command === '' ? [] : [{ pid: Number(name), command }]
      } catch {
        return []
      }
    })
}

/** Waits until nothing of the lab runs any more: codex, the helper, and what guards them. */
export async function expectNothingLeft(lab: Lab): Promise<void> {
  await expect.poll(() => processesOf(lab).map(({ command }) => command), { timeout: scaled(20000) }).toEqual([])
}
