import type { ChildProcess } from 'node:child_process'
import { delimiter, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CodexPlusError } from '../errors.js'
import type { Log } from '../log/log.js'
import { isExecutable } from '../process/executable.js'
import { killGroup, spawnGuarded } from '../process/guarded-process.js'
import { readLines } from './read-lines.js'
import { readLineMessages } from './read-message.js'

export interface StdioOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly log: Log
  /** Removes the server's secrets from a text. */
  conceal(text: string): string
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
/** How much of a line of stderr is read: enough for a secret at the end of what is shown. */
const STDERR_LINE = 16 * 1024
/** Maximum bytes of a server's stderr that go to the log in one run, so that a server cannot fill the disk. */
const STDERR_LIMIT = 256 * 1024

/** Creates the transport of a stdio server. Its whole process tree ends with it, and with codex-plus. */
export function createStdioTransport(options: StdioOptions): StdioTransport {
  const { name, log, conceal } = options
  let child: ChildProcess | null = null
  let ended: string | null = null
  let lastWords = ''
  let logged = 0

  const markEnded = (reason: string): void => {
    if (ended !== null) return
    ended = lastWords === '' ? reason : `${reason}: ${lastWords}`
    log.info('mcp.ended', { server: name, reason: ended })
    transport.onclose?.()
  }
  const noteWords = (line: string): void => {
    const words = conceal(line)
    lastWords = words.slice(-STDERR_TAIL).trim()
    logged += line.length
    if (logged <= STDERR_LIMIT) log.info('mcp.stderr', { server: name, words: words.slice(0, 4096) })
  }
  const readLine = (line: Buffer): void => {
    const text = line.toString('utf8').replace(/\r$/, '')
    if (text.trim() === '') return
    const messages = readLineMessages(text)
    if (messages.length === 0) {
      // Many servers print a greeting on stdout.
      log.debug('mcp.rubbish', { server: name, line: conceal(text.slice(0, STDERR_LINE)).slice(0, STDERR_TAIL) })
    }
    for (const message of messages) transport.onmessage?.(message)
  }
  const transport: StdioTransport = {
    launch() {
      if (child !== null) return
      const { command, args, env, cwd } = options
      requireCommand(options)
      child = spawnGuarded(command, args, { env, cwd, pipeStdio: true })
      child.once('error', (error) => markEnded(conceal(error.message)))
      child.once('exit', (code, signal) => markEnded(signal === null ? `exit code ${code}` : `signal ${signal}`))
      const tooLong = (): void => {
        log.warn('mcp.line', { server: name, limit: LONGEST_LINE })
        lastWords = `it wrote a line of more than ${LONGEST_LINE / 1024 / 1024} MB`
        if (child) killGroup(child, 'SIGKILL')
      }
      if (child.stdout) readLines(child.stdout, readLine, { longest: LONGEST_LINE, onTooLong: tooLong })
      if (child.stderr) readWords(child.stderr, noteWords)
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

/**
 * Calls `onLine` for each line of a text that is not blank, with the first STDERR_LINE characters of a longer one. Whole
 * lines, so that a secret in them is not cut in two.
 */
function readWords(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  const end = (): void => {
    if (rest.trim() !== '') onLine(rest.trimEnd())
    rest = ''
  }
  stream
    .setEncoding('utf8')
    .on('data', (text: string) => {
      const [first = '', ...lines] = text.split('\n')
      if (rest.length < STDERR_LINE) rest += first.slice(0, STDERR_LINE - rest.length)
      for (const line of lines) {
        end()
        rest = line.slice(0, STDERR_LINE)
      }
    })
    .on('end', end)
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
