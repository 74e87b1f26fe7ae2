import type { ChildProcess } from 'node:child_process'
import { delimiter, resolve } from 'node:path'
import { deserializeMessage, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import { isExecutable } from '../process/executable.js'
import { killGroup, spawnGuarded } from '../process/guarded-process.js'

export interface StdioOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly log: Log
}

/** The transport of a server that is a local program, with one message per line. */
export interface StdioTransport extends Transport {
  /** Starts the program; the handshake may follow later. */
  launch(): void
  /** Returns why the program ended, with the last line of its stderr; null while it runs. */
  ended(): string | null
}

/** The longest line a server may write, in bytes: longer than any sensible answer, and small enough for memory. */
const LONGEST_LINE = 64 * 1024 * 1024
/** How long a server may take to end after its stdin is closed, and after SIGTERM, in ms; short, as the user waits. */
const STDIN_GRACE = 150
const TERM_GRACE = 400
const STDERR_TAIL = 400
/** Maximum bytes of a server's stderr that go to the log in one run, so that a server cannot fill the disk. */
const STDERR_LIMIT = 256 * 1024

/** Creates the transport of a stdio server. Its whole process tree ends with it, and with codex-plus. */
export function createStdioTransport(options: StdioOptions): StdioTransport {
  const { name, log } = options
  let child: ChildProcess | null = null
  let ended: string | null = null
  let stderrTail = ''
  let logged = 0

  const markEnded = (reason: string): void => {
    if (ended !== null) return
    const words = stderrTail.trim().split('\n').at(-1)?.trim() ?? ''
    ended = words === '' ? reason : `${reason}: ${words}`
    log.info('mcp.ended', { server: name, reason: ended })
    transport.onclose?.()
  }
  const readLine = (line: Buffer): void => {
    const text = line.toString('utf8').replace(/\r$/, '')
    if (text.trim() === '') return
    let message: JSONRPCMessage
    try {
      message = deserializeMessage(text)
    } catch {
      // Many servers print a greeting on stdout.
      log.debug('mcp.rubbish', { server: name, line: text.slice(0, STDERR_TAIL) })
      return
    }
    transport.onmessage?.(message)
  }
  const transport: StdioTransport = {
    launch() {
      if (child !== null) return
      const { command, args, env, cwd } = options
      requireCommand(options)
      child = spawnGuarded(command, args, { env, cwd, pipeStdio: true })
      child.once('error', (error) => markEnded(error.message))
      child.once('exit', (code, signal) => markEnded(signal === null ? `exit code ${code}` : `signal ${signal}`))
      readLines(child, readLine, () => {
        log.warn('mcp.line', { server: name, limit: LONGEST_LINE })
        stderrTail = `it wrote a line of more than ${LONGEST_LINE / 1024 / 1024} MB`
        if (child) killGroup(child, 'SIGKILL')
      })
      child.stderr?.on('data', (bytes: Buffer) => {
        const words = bytes.toString('utf8')
        stderrTail = (stderrTail + words).slice(-STDERR_TAIL)
        logged += bytes.length
        if (logged <= STDERR_LIMIT) log.info('mcp.stderr', { server: name, words: words.slice(0, 4096) })
      })
    },
    ended: () => ended,
    async start() {
      transport.launch()
    },
    async send(message) {
      const stdin = child?.stdin
      if (ended !== null || !stdin?.writable) {
        throw new CodexPlusError('CP_MCP_ENDED', `MCP server '${name}' has ended (${ended ?? 'it closed its stdin'}).`)
      }
      if (!stdin.write(serializeMessage(message))) {
        await new Promise<void>((resolve) => {
          for (const event of ['drain', 'close']) stdin.once(event, resolve)
        })
      }
    },
    async close() {
      if (child !== null && ended === null) await endGently(child)
      markEnded('closed')
    },
  }
  return transport
}

/** Ends a program and its child processes as the protocol asks: closes its stdin, then sends SIGTERM, then SIGKILL. */
async function endGently(child: ChildProcess): Promise<void> {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const endsWithin = async (ms: number): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ms, false)
    })
    return await Promise.race([exited.then(() => true), late]).finally(() => clearTimeout(timer))
  }
  child.stdin?.end()
  if (await endsWithin(STDIN_GRACE)) return
  killGroup(child, 'SIGTERM')
  const left = await endsWithin(TERM_GRACE)
  // SIGTERM also ended the guard process: SIGKILL ends the processes that ignored it.
  killGroup(child, 'SIGKILL')
  if (!left) await endsWithin(TERM_GRACE)
}

function readLines(child: ChildProcess, onLine: (line: Buffer) => void, onTooLong: () => void): void {
  // One at a time: the SDK handles a notification asynchronously, and one before an answer must be handled before it.
  let turn = Promise.resolve()
  let parts: Buffer[] = []
  let length = 0
  child.stdout?.on('data', (bytes: Buffer) => {
    let start = 0
    for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, start)) {
      const line = Buffer.concat([...parts, bytes.subarray(start, at)])
      turn = turn.then(() => onLine(line))
      parts = []
      length = 0
      start = at + 1
    }
    if (start === bytes.length) return
    parts.push(bytes.subarray(start))
    length += bytes.length - start
    if (length > LONGEST_LINE) {
      parts = []
      length = 0
      onTooLong()
    }
  })
}

/** Checks that the program exists, for a clearer error than the system's. Throws CP_MCP_START. */
function requireCommand({ name, command, env, cwd }: StdioOptions): void {
  if (process.platform === 'win32') return
  const candidates = command.includes('/')
    ? [resolve(cwd, command)]
    : (env.PATH ?? '').split(delimiter).map((folder) => resolve(cwd, folder, command))
  if (candidates.some(isExecutable)) return
  throw new CodexPlusError('CP_MCP_START', `MCP server '${name}': there is no program '${command}'.`, {
    hint: command.includes(' ') ? 'A command takes its arguments in "args".' : 'Install it, or correct "command".',
  })
}
