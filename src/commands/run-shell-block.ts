import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isWithin, realPath } from '../paths.js'
import { AFTER_END, whenRead } from '../process/output-end.js'
import { fittedOutput, keepOutput } from './kept-output.js'

/** How a shell block is run. */
export interface ShellOptions {
  readonly cwd: string
  /** Where a command may leave the shell without a word about it: the folders of the session. */
  readonly directories: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  readonly timeoutMs: number
  /** Where large outputs and those of commands that go on are kept. */
  readonly outputFolder: string
  readonly signal?: AbortSignal
}

/** What became of a shell block: the text that takes its place, or the reason it failed. */
export type ShellResult = { readonly output: string } | { readonly failure: string; readonly output: string }

/** Output beyond this many characters is kept in a file, with a preview in its place (section 1.6). */
const INLINE_LIMIT = 30_000
/** What is kept of an output at most, in bytes; the command goes on, its further output is dropped. */
const KEEP_LIMIT = 16 * 1024 * 1024
const NOTHING = '(Bash completed with no output)'
/** Commands for which exit code 1 says "nothing found" and not "failed". */
const ONE_IS_FINE = /^\s*(?:grep|egrep|rg|git\s+grep|diff|git\s+diff|find|test|\[)(?:\s|$)/
/** Where it is on nearly every system; elsewhere (NixOS, Git for Windows) the one on PATH. */
const BASH = existsSync('/bin/bash') ? '/bin/bash' : 'bash'
/** The user's functions and aliases, as far as their .bashrc lets a shell that is not interactive have them. */
const SETUP = 'shopt -s expand_aliases; [ -r ~/.bashrc ] && . ~/.bashrc >/dev/null 2>&1; shopt -u extglob; '

/** Behind the command: the folder it ended in, on a descriptor that the command itself has not. */
const TELL_FOLDER = '3>&- && { pwd -P >&3 2>/dev/null || :; }'

/** Runs one shell block with bash, output and errors merged; it never rejects. */
export function runShell(command: string, options: ShellOptions): Promise<ShellResult> {
  return new Promise((resolve) => {
    const rc = existsSync(join(options.home, '.bashrc')) ? SETUP : ''
    // `eval` so that aliases count, and so that a syntax error is the command's and not the wrapper's.
    const child = spawn(BASH, ['-c', `exec 2>&1; ${rc}eval "$1" ${TELL_FOLDER}`, '/bin/bash', command], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      detached: true,
    })
    const told = child.stdio[3] as Readable
    const ended = folderOf(told)
    const kill = (): void => killGroup(child.pid)
    const parts: Buffer[] = []
    let length = 0
    let continued: string | null = null
    const timer = setTimeout(() => {
      const id = randomBytes(4).toString('hex')
      continued = join(options.outputFolder, `${id}.output`)
      keepOutput(options.outputFolder, continued, Buffer.concat(parts))
      // What is still running ends with this process at the latest.
      process.once('exit', kill)
      child.unref()
      resolve({ output: backgroundText(id, continued) })
    }, options.timeoutMs)
    const abort = (): void => {
      kill()
      settle({ failure: 'it was cancelled', output: '' })
    }
    options.signal?.addEventListener('abort', abort, { once: true })
    const settle = (result: ShellResult): void => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
      process.off('exit', kill)
      resolve(result)
    }
    child.stdout?.on('data', (data: Buffer) => {
      if (length > KEEP_LIMIT) return
      length += data.length
      if (continued === null) parts.push(data)
      else appendFileSync(continued, data)
    })
    child.once('error', (error) => settle({ failure: `bash could not be started: ${error.message}`, output: '' }))
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      const output = tidy(Buffer.concat(parts).toString('utf8'))
      if (code === 0 || (code === 1 && ONE_IS_FINE.test(lastCommand(command)))) {
        const fitted = output === '' ? '' : fittedOutput(output, options.outputFolder, INLINE_LIMIT)
        settle({ output: [fitted, resetText(ended.path, options)].filter((text) => text !== '').join('\n') || NOTHING })
      } else {
        settle({ failure: signal === null ? `exit code ${code}` : `signal ${signal}`, output })
      }
    }
    child.once('close', end)
    child.once('exit', (code, signal) => {
      const waiting = setTimeout(() => whenRead([child.stdout, told], () => leave(code, signal)), AFTER_END)
      child.once('close', () => clearTimeout(waiting))
    })
    /** The shell has ended and something it started has not: it goes on, until this process ends. */
    const leave = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (continued !== null) return
      child.off('close', end)
      end(code, signal)
      process.once('exit', kill)
      child.once('close', () => process.off('exit', kill))
      length = Number.POSITIVE_INFINITY
      for (const stream of [child.stdout, told]) (stream as Socket | null)?.unref()
    }
  })
}

/** Collects the path a shell says it ended in; empty where it did not get so far. */
function folderOf(stream: Readable): { readonly path: string } {
  const folder = { path: '' }
  stream.setEncoding('utf8').on('data', (part: string) => {
    folder.path += part
  })
  stream.on('error', () => {})
  return folder
}

/** What is said of a shell that ended outside the folders of the session: the next one starts where this one did. */
function resetText(told: string, { cwd, directories }: ShellOptions): string {
  const folder = told.replace(/\n$/, '')
  if (folder === '') return ''
  const inside = directories.some((start) => isWithin(folder, realPath(start)))
  return inside ? '' : `Shell cwd was reset to ${cwd}`
}

/** Trailing white space and leading blank lines go; the first line keeps its indentation. */
function tidy(output: string): string {
  return output.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd()
}

function backgroundText(id: string, path: string): string {
  return `Command running in background with ID: ${id}. Output is being written to: ${path}. You will be notified when it completes. To check interim output, use Read on that file path.`
}

/** The last simple command, as far as a look at the text tells: what its exit code is taken for. */
function lastCommand(command: string): string {
  return command.split(/&&|\|\||[;|\n]/).at(-1) ?? command
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
