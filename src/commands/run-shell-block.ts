import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isWithin, realPath } from '../paths.js'
import { AFTER_END, whenRead } from '../process/output-end.js'
import { fittedOutput, keepOutput } from './kept-output.js'

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

/** Runs one shell block with bash, stdout and stderr merged. Never rejects. */
export function runShell(command: string, options: ShellOptions): Promise<ShellResult> {
  return new Promise((resolve) => {
    const rc = existsSync(join(options.home, '.bashrc')) ? SETUP : ''
    // `eval` so that aliases apply, and so that a syntax error is reported for the command and not for the wrapper.
    const child = spawn(BASH, ['-c', `exec 2>&1; ${rc}eval "$1" ${PRINT_FOLDER}`, '/bin/bash', command], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      detached: true,
    })
    const folderPipe = child.stdio[3] as Readable
    const endedIn = folderOf(folderPipe)
    const kill = (): void => killGroup(child.pid)
    const parts: Buffer[] = []
    let length = 0
    let continued: string | null = null
    const timer = setTimeout(() => {
      const id = randomBytes(4).toString('hex')
      continued = join(options.outputFolder, `${id}.output`)
      keepOutput(options.outputFolder, continued, Buffer.concat(parts))
      // A command that is still running is killed when this process exits.
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
      const waiting = setTimeout(() => whenRead([child.stdout, folderPipe], () => leave(code, signal)), AFTER_END)
      child.once('close', () => clearTimeout(waiting))
    })
    /** The shell has ended but a process it started has not: that process continues until this process exits. */
    const leave = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (continued !== null) return
      child.off('close', end)
      end(code, signal)
      process.once('exit', kill)
      child.once('close', () => process.off('exit', kill))
      length = Number.POSITIVE_INFINITY
      for (const stream of [child.stdout, folderPipe]) (stream as Socket | null)?.unref()
    }
  })
}

/** Collects the folder a shell reports at its end; the path stays empty when it reports none. */
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

function backgroundText(id: string, path: string): string {
  return `Command running in background with ID: ${id}. Output is being written to: ${path}. You will be notified when it completes. To check interim output, use Read on that file path.`
}

/** Returns the last simple command by its text alone; the exit code is interpreted for it. */
function lastCommand(command: string): string {
  return command.split(/&&|\|\||[;|\n]/).at(-1) ?? command
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has already ended.
  }
}
