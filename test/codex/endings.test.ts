import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scaled } from '../time.js'
import { CODEX_PLUS } from './lab.js'
import { expectNothingLeft, processesOf } from './processes.js'
import { openScreen } from './screen.js'
import { begin, MIDDLE, startTlsLab, type TlsLab } from './tls-lab.js'

/** codex-plus is ended in the middle of a stream; codex, the helper and the guards must go with it. */
let world: TlsLab
let closed: boolean

beforeEach(async () => {
  closed = false
  world = await startTlsLab(async (request) => {
    request.socket.on('close', () => {
      closed = true
    })
    await begin(request, MIDDLE)
  })
})
afterEach(() => world.remove())

const streaming = (): Promise<void> => expect.poll(() => world.turns.length > 0, { timeout: scaled(20000) }).toBe(true)
const commands = (): string =>
  processesOf(world.lab)
    .map(({ command }) => command)
    .join('\n')

async function expectEnded(): Promise<void> {
  await expect.poll(() => closed, { timeout: scaled(20000) }).toBe(true)
  await expectNothingLeft(world.lab)
}

describe.each(['cycletls', 'native'])('over %s', (transport) => {
  it.each(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGINT'] as const)('exec, by %s', async (signal) => {
    const child = spawn(process.execPath, [CODEX_PLUS, ...world.flags(transport), 'exec', 'hello'], {
      cwd: world.lab.project,
      env: { ...world.lab.env, ...world.env },
      stdio: 'ignore',
      detached: true,
    })
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    await streaming()
    if (transport === 'cycletls') expect(commands()).toMatch(/cycletls\/dist\/index/)
    child.kill(signal)
    const [code, by] = await ended
    // codex takes SIGINT for an interruption and ends by itself.
    if (signal === 'SIGINT') expect([code, by]).not.toEqual([0, null])
    else expect(by).toBe(signal)
    await expectEnded()
  })

  it.each(['SIGTERM', 'SIGKILL', 'the terminal'] as const)('the TUI, by %s', async (how) => {
    const screen = openScreen(world.lab, CODEX_PLUS, [...world.flags(transport), 'hello'], world.env)
    await streaming()
    expect(commands()).toMatch(/codex/)
    if (how === 'the terminal') await screen.close()
    else process.kill(screen.pid, how)
    await screen.ended
    await expectEnded()
    await screen.close()
  })
})
