import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isWithin, realPath } from '../paths.js'
import { AFTER_END, whenRead } from '../process/output-end.js'
import { withoutStartFiles } from '../process/plain-environment.js'
import { endGroup, keepGroup, leaveGroup } from '../process/process-groups.js'
import { fittedOutput, type KeptOutput, openKeptOutput } from './kept-output.js'

/** The settings a shell block runs with. */
export interface ShellOptions {
  readonly cwd: string
  /** The folders of the session: a command that ends in another folder gets a note that the cwd was reset. */
  readonly directories: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  readonly timeoutMs: number
  /** Folder for large outputs and for the output of commands that continue in the background. */
  readonly outputFolder: string
  readonly signal?: AbortSignal
}

/** The result of a shell block: the text that replaces it, or the reason it failed. */
export type ShellResult = { readonly output: string } | { readonly failure: string; readonly output: string }

/** Longer output, in characters, is saved to a file and replaced by a preview (claude-code-2.1 section 1.6). */
const INLINE_LIMIT = 30_000
/** Maximum bytes kept of an output; the command continues, its further output is dropped. */
const KEEP_LIMIT = 16 * 1024 * 1024
const NO_OUTPUT = '(Bash completed with no output)'
/** Commands for which exit code 1 means "nothing found" and not "failed". */
const EXIT_ONE_SUCCEEDS = /^\s*(?:grep|egrep|rg|git\s+grep|diff|git\s+diff|find|test|\[)(?:\s|$)/
/** The usual location of bash; elsewhere (NixOS, Git for Windows) the bash on PATH. */
const BASH = existsSync('/bin/bash') ? '/bin/bash' : 'bash'
/** Loads the user's functions and aliases, as far as .bashrc defines them for a non-interactive shell. */
const SETUP = 'shopt -s expand_aliases; [ -r ~/.bashrc ] && . ~/.bashrc >/dev/null 2>&1; shopt -u extglob; '

/** Runs after the command: prints its final working directory to a descriptor that the command cannot use. */
const PRINT_FOLDER = '3>&- && { pwd -P >&3 2>/dev/null || :; }'

/** Between SIGTERM and SIGKILL of a block that is cancelled, in ms. */
const GRACE_MS = 1000

/** Runs one shell block with bash, output and errors merged; it never rejects. A block ends with the turn that is given up. */
export function runShell(command: string, options: ShellOptions): Promise<ShellResult> {
  return new Promise((resolve) => {
    if (options.signal?.aborted) return resolve({ failure: 'it was cancelled', output: '' })
    const rc = existsSync(join(options.home, '.bashrc')) ? SETUP : ''
    // `eval` so that aliases apply, and so that a syntax error is reported for the command and not for the wrapper.
    const child = spawn(BASH, ['--norc', '-c', `exec 2>&1; ${rc}eval "$1" ${PRINT_FOLDER}`, '/bin/bash', command], {
      cwd: options.cwd,
      env: withoutStartFiles(options.env),
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      detached: true,
    })
    const { pid } = child
    if (pid !== undefined) keepGroup(pid)
    const folderPipe = child.stdio[3] as Readable
    const endedIn = folderOf(folderPipe)
    const parts: Buffer[] = []
    let length = 0
    let settled = false
    let continued: KeptOutput | null = null
    const settle = (result: ShellResult): void => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
      resolve(result)
    }
    const timer = setTimeout(() => {
      const id = randomBytes(4).toString('hex')
      continued = openKeptOutput(options.outputFolder, join(options.outputFolder, `${id}.output`), Buffer.concat(parts))
      parts.length = 0
      // The command goes on, until this process ends at the latest.
      child.unref()
      settle({ output: backgroundText(id, continued) })
    }, options.timeoutMs)
    const abort = (): void => {
      if (pid !== undefined) endGroup(pid, GRACE_MS)
      settle({ failure: 'it was cancelled', output: '' })
    }
    options.signal?.addEventListener('abort', abort, { once: true })
    child.stdout?.on('data', (data: Buffer) => {
      if (length > KEEP_LIMIT) return
      length += data.length
      if (continued === null) parts.push(data)
      else continued.append(data)
    })
    child.once('error', (error) => settle({ failure: `bash could not be started: ${error.message}`, output: '' }))
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (settled) return
      const output = tidy(Buffer.concat(parts).toString('utf8'))
      if (code === 0 || (code === 1 && EXIT_ONE_SUCCEEDS.test(lastCommand(command)))) {
        const fitted = output === '' ? '' : fittedOutput(output, options.outputFolder, INLINE_LIMIT)
        settle({
          output: [fitted, resetText(endedIn.path, options)].filter((text) => text !== '').join('\n') || NO_OUTPUT,
        })
      } else {
        settle({ failure: signal === null ? `exit code ${code}` : `signal ${signal}`, output })
      }
    }
    child.once('close', end)
    child.once('exit', (code, signal) => {
      if (pid !== undefined) leaveGroup(pid)
      const waiting = setTimeout(() => whenRead([child.stdout, folderPipe], () => leave(code, signal)), AFTER_END)
      child.once('close', () => clearTimeout(waiting))
    })
    /** The shell has ended and something it started has not: that goes on, until this process ends. */
    const leave = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (continued !== null) return
      end(code, signal)
      length = Number.POSITIVE_INFINITY
      for (const stream of [child.stdout, folderPipe]) (stream as Socket | null)?.unref()
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

/**
 * Returns Claude Code's note for a shell that ended outside the folders of the session; the next one starts in `cwd`.
 */
function resetText(reported: string, { cwd, directories }: ShellOptions): string {
  const folder = reported.replace(/\n$/, '')
  if (folder === '') return ''
  const inside = directories.some((start) => isWithin(folder, realPath(start)))
  return inside ? '' : `Shell cwd was reset to ${cwd}`
}

/** Removes trailing white space and leading blank lines; the first line keeps its indentation. */
function tidy(output: string): string {
  return output.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd()
}

function backgroundText(id: string, { path, problem }: KeptOutput): string {
  if (problem !== null) return `Command running in background with ID: ${id}. ${problem}`
  return `Command running in background with ID: ${id}. Output is being written to: ${path}. You will be notified when it completes. To check interim output, use Read on that file path.`
}

/** Returns the last simple command by its text alone; the exit code is interpreted for it. */
function lastCommand(command: string): string {
  return command.split(/&&|\|\||[;|\n]/).at(-1) ?? command
}
