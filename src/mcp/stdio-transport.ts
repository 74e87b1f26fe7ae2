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

/** A server that is a program of this machine, spoken to line by line. */
export interface StdioTransport extends Transport {
  /** Starts the program; the handshake may come later. */
  launch(): void
  /** Why the program ended, and its last words; null while it runs. */
  ended(): string | null
}

/** The longest line a server may write, in bytes: more than any sensible answer, less than our memory. */
const LONGEST_LINE = 64 * 1024 * 1024
/** How long a server has to end by itself once its stdin is closed, and then after SIGTERM, in ms: a person waits for it. */
const STDIN_GRACE = 150
const TERM_GRACE = 400
const LAST_WORDS = 400
/** What of a server's stderr goes to the log, in bytes a run: one that floods it fills no disk. */
const STDERR_LIMIT = 256 * 1024

/** Makes the transport of a stdio server. Its whole process tree ends with it, and with us. */
export function createStdioTransport(options: StdioOptions): StdioTransport {
  const { name, log } = options
  let child: ChildProcess | null = null
  let ended: string | null = null
  let lastWords = ''
  let logged = 0

  const end = (reason: string): void => {
    if (ended !== null) return
    const words = lastWords.trim().split('\n').at(-1)?.trim() ?? ''
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
      // Many a server greets on stdout; that is for nobody.
      log.debug('mcp.rubbish', { server: name, line: text.slice(0, LAST_WORDS) })
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
      child.once('error', (error) => end(error.message))
      child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
      readLines(child, readLine, () => {
        log.warn('mcp.line', { server: name, limit: LONGEST_LINE })
        lastWords = `it wrote a line of more than ${LONGEST_LINE / 1024 / 1024} MB`
        if (child) killGroup(child, 'SIGKILL')
      })
      child.stderr?.on('data', (bytes: Buffer) => {
        const words = bytes.toString('utf8')
        lastWords = (lastWords + words).slice(-LAST_WORDS)
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
      end('closed')
    },
  }
  return transport
}

/** Ends a program as the protocol asks: its stdin is closed, then SIGTERM, then SIGKILL, for it and all it started. */
async function endGently(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const within = async (ms: number): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ms, false)
    })
    return await Promise.race([gone.then(() => true), late]).finally(() => clearTimeout(timer))
  }
  child.stdin?.end()
  if (await within(STDIN_GRACE)) return
  killGroup(child, 'SIGTERM')
  const left = await within(TERM_GRACE)
  // The guard is gone with SIGTERM: what ignored it is ended here.
  killGroup(child, 'SIGKILL')
  if (!left) await within(TERM_GRACE)
}

function readLines(child: ChildProcess, onLine: (line: Buffer) => void, onTooLong: () => void): void {
  // One after the other: the SDK handles a notification a moment later, and what comes before an answer belongs to it.
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

/** Says what is wrong before a shell does, in its own words. Throws CP_MCP_START. */
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
