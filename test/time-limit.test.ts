import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { timeLimit } from '../src/time-limit.js'

const MODULE = fileURLToPath(new URL('../dist/time-limit.js', import.meta.url))

describe('a time limit', () => {
  it('aborts after its time, or with the given signal and its reason', async () => {
    const late = timeLimit(5)
    await expect.poll(() => late.aborted).toBe(true)
    expect(late.reason).toMatchObject({ name: 'TimeoutError' })
    const given = new AbortController()
    const signal = timeLimit(60_000, given.signal)
    given.abort('left')
    expect([signal.aborted, signal.reason]).toEqual([true, 'left'])
    expect(timeLimit(60_000, given.signal).reason).toBe('left')
  })

  it('holds after a garbage collection', () => {
    const script = `
      import { timeLimit } from ${JSON.stringify(MODULE)}
      timeLimit(300, new AbortController().signal).addEventListener('abort', () => process.stdout.write('aborted'))
      setTimeout(gc, 50)
      setTimeout(() => {}, 600)`
    const { stdout } = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script])
    expect(stdout.toString()).toBe('aborted')
  })
})
