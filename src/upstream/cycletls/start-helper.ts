import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CodexPlusError } from '../../errors.js'
import type { Log } from '../../log/log.js'
import { type HelperConnection, openConnection } from './helper-connection.js'
import { type HelperProcess, spawnHelper } from './helper-process.js'
import { ownsConnection } from './socket-owner.js'

export interface StartOptions {
  readonly binary: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  readonly pickPort: () => Promise<number>
}

/** Milliseconds. A start takes about 20; a cold disk or a virus scanner takes longer. */
const READY_WITHIN = 10_000
const POLL_EVERY = 3
const UNVERIFIED_WAIT = 300

/** Below every system's range for outgoing connections: a poll of an unused port there could connect to itself. */
const PORTS = [12_000, 32_000] as const

export interface Started {
  readonly process: HelperProcess
  readonly connection: HelperConnection
}

/** Starts a helper and connects to it, about 30 ms. Rejects with CP_UPSTREAM_HELPER when it does not start. */
export async function startHelper(options: StartOptions): Promise<Started> {
  const port = await options.pickPort()
  const helper = spawnHelper(options.binary, port, options.env, options.log)
  try {
    await listening(helper)
    return { process: helper, connection: await openVerified(helper) }
  } catch (error) {
    helper.kill()
    throw error
  }
}

/**
 * Opens a connection to the helper and verifies that the child process has its other end: when the port was taken, the
 * child exits and another program answers. Nothing is sent before that. Rejects with CP_UPSTREAM_HELPER.
 */
export async function openVerified(helper: HelperProcess): Promise<HelperConnection> {
  const connection = await openConnection(helper.port)
  const owned = await ownsConnection(helper.pid, helper.port, connection.localPort)
  // When the system does not say: a child that did not get its port has exited by then.
  if (owned === null) await sleep(UNVERIFIED_WAIT)
  if (owned !== false && helper.ended === null && connection.open) return connection
  connection.close()
  throw failed(helper, helper.ended === null ? `port ${helper.port} belongs to another program` : endOf(helper))
}

async function listening(helper: HelperProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN
  while (Date.now() < deadline) {
    if (helper.ended !== null) throw failed(helper, endOf(helper))
    if (await answers(helper.port)) return
    await sleep(POLL_EVERY)
  }
  throw failed(helper, `it did not listen within ${READY_WITHIN / 1000} s`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

/** Picks a random port that is free on every address, as the helper needs it. */
export async function pickPort(): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const port = randomInt(...PORTS)
    if (await isFree(port)) return port
  }
  throw new CodexPlusError('CP_UPSTREAM_HELPER', 'No free port was found for the cycletls helper.')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}

function endOf(helper: HelperProcess): string {
  return `it ended with ${helper.ended}`
}

function failed(helper: HelperProcess, why: string): CodexPlusError {
  const detail = helper.stderrEnd.trim().split('\n').at(-1)
  return new CodexPlusError(
    'CP_UPSTREAM_HELPER',
    `The cycletls helper did not start: ${why}${detail ? ` (${detail})` : ''}.`,
  )
}
