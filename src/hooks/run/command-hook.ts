import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { statsOf } from '../../paths.js'
import { AFTER_END, whenRead } from '../../process/output-end.js'
import { endGroup, keepGroup, signalGroup } from '../../process/process-groups.js'
import type { HookAction } from '../config/hook.js'
import { failed, type HookResult } from './hook-result.js'

export interface CommandHookContext {
  readonly cwd: string
  /** Where the session was started, in case `cwd` is gone. */
  readonly projectDir: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

type CommandAction = Extract<HookAction, { type: 'command' }>

/** What is kept of an output, in characters: more is read and dropped, so that the hook can end. */
const KEEP = 4 * 1024 * 1024
/** What stands for the project's folder in the words of a program that no shell reads. */
const PROJECT_DIR = /\$\{CLAUDE_PROJECT_DIR\}/g
/** Between SIGTERM and SIGKILL, in ms. */
const GRACE = 500

/**
 * Runs a command hook with one JSON line on its stdin (claude-code-2.1 section 2). It never rejects, and never takes
 * longer than its timeout; what it leaves in the background has until then, and ends with this process at the latest.
 */
export function runCommand(action: CommandAction, input: string, place: CommandHookContext): Promise<HookResult> {
  return new Promise((resolve) => {
    let child: ChildProcess
    try {
      child = start(action, place)
    } catch (error) {
      return resolve(failed(`could not be started: ${(error as Error).message}`))
    }
    const { pid } = child
    if (pid !== undefined) keepGroup(pid)
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
    let finished = false
    const finish = (reply: Omit<HookResult, 'stdout' | 'stderr'>): void => {
      if (finished) return
      finished = true
      clearTimeout(timer)
      place.signal?.removeEventListener('abort', abort)
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      child.unref()
      resolve({ ...reply, stdout: stdout.text, stderr: stderr.text, truncated: stdout.truncated })
    }
    const begun = performance.now()
    const end = (failure: string, timedOut: boolean): void => {
      if (pid !== undefined) endGroup(pid, GRACE)
      finish({ exitCode: null, failure, timedOut })
    }
    const timer = setTimeout(() => end(`took longer than ${place.timeoutMs / 1000} s`, true), place.timeoutMs)
    const abort = (): void => end('was cancelled', false)
    if (place.signal?.aborted) abort()
    place.signal?.addEventListener('abort', abort, { once: true })

    child.once('error', (error) => finish({ exitCode: null, failure: startFailure(error), timedOut: false }))
    child.once('exit', (code, signal) => {
      const done = (): void => {
        if (pid !== undefined) leaveBehind(pid, place.timeoutMs - (performance.now() - begun))
        const failure = signal === null ? null : `was ended by ${signal}`
        finish({ exitCode: code, failure, timedOut: false })
      }
      const waiting = setTimeout(() => whenRead([child.stdout, child.stderr], done), AFTER_END)
      child.once('close', () => {
        clearTimeout(waiting)
        done()
      })
    })
    // A hook need not read what it is told.
    child.stdin?.on('error', () => {})
    child.stdin?.end(`${input}\n`)
  })
}

function start({ command, args, shell }: CommandAction, { cwd, projectDir, env }: CommandHookContext): ChildProcess {
  const options: SpawnOptions = {
    cwd: statsOf(cwd)?.isDirectory() ? cwd : projectDir,
    env,
    stdio: 'pipe',
    // A group of its own, so that it can be ended with all it started, and has no terminal.
    detached: true,
  }
  if (args === null) return spawn(shell, ['-c', command], options)
  const filled = [command, ...args].map((word) => word.replace(PROJECT_DIR, () => projectDir))
  return spawn(filled[0] as string, filled.slice(1), options)
}

function collect(stream: Readable | null): { readonly text: string; readonly truncated: boolean } {
  const output = { text: '', truncated: false }
  stream?.setEncoding('utf8').on('data', (part: string) => {
    if (output.text.length < KEEP) output.text += part.slice(0, KEEP - output.text.length)
    else output.truncated = true
  })
  stream?.on('error', () => {})
  return output
}

function startFailure(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return `could not be started: ${code === 'ENOENT' ? 'there is no such program' : error.message}`
}

/** Looks after what a hook left running: until its timeout at the longest. */
function leaveBehind(group: number, leftMs: number): void {
  if (!signalGroup(group, 0)) return
  const until = performance.now() + leftMs
  const watch = setInterval(() => {
    if (!signalGroup(group, 0)) return clearInterval(watch)
    if (performance.now() < until) return
    clearInterval(watch)
    endGroup(group, GRACE)
  }, 250)
  watch.unref()
}
