import { spawn } from 'node:child_process'
import { AFTER_END, whenRead } from './output-end.js'
import { withoutStartFiles } from './plain-environment.js'
import { endGroup, keepGroup } from './process-groups.js'

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly timeoutMs: number
  /** Written to stdin, which is closed then. */
  readonly input?: string
  /** Maximum length of the output, in bytes; default 1 MiB. A program that prints more is ended. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

/** What a program printed on stdout, or why it failed, as the end of a sentence. */
export type ProgramResult = { readonly stdout: string } | { readonly failure: string }

/** Between SIGTERM and SIGKILL of a program that has to end, in ms. */
const GRACE_MS = 1000

/**
 * Runs a program to its end, in a process group of its own that ends with it, with this process, or with its time. It never
 * rejects. A failure is a missing program, an exit code other than 0, a signal, too much output or the end of its time.
 */
export function captureOutput(file: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const { env, cwd, timeoutMs, input = '', maxBytes = 1024 * 1024, signal } = options
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ failure: 'was cancelled' })
    const child = spawn(file, [...args], {
      env: withoutStartFiles(env),
      ...(cwd !== undefined && { cwd }),
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    const { pid } = child
    if (pid !== undefined) keepGroup(pid)
    const parts: Buffer[] = []
    let length = 0
    const finish = (result: ProgramResult): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      // Also what the program left in the background.
      if (pid !== undefined) endGroup(pid, GRACE_MS)
      child.stdout.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => finish({ failure: `took longer than ${timeoutMs / 1000} s` }), timeoutMs)
    const cancel = (): void => finish({ failure: 'was cancelled' })
    signal?.addEventListener('abort', cancel, { once: true })
    child.once('error', (error) => finish({ failure: `could not be started: ${error.message}` }))
    child.stdout.on('data', (part: Buffer) => {
      length += part.length
      if (length > maxBytes) finish({ failure: `printed more than ${maxBytes} bytes` })
      else parts.push(part)
    })
    child.once('exit', (code, by) => {
      const done = (): void => {
        if (code === 0) finish({ stdout: Buffer.concat(parts).toString('utf8') })
        else finish({ failure: by === null ? `ended with exit code ${code}` : `was ended by ${by}` })
      }
      const waiting = setTimeout(() => whenRead([child.stdout], done), AFTER_END)
      child.once('close', () => {
        clearTimeout(waiting)
        done()
      })
    })
    // A program does not have to read its stdin.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
