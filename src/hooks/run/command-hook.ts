import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { statsOf } from '../../paths.js'
import { openInputFile } from '../../process/input-file.js'
import { AFTER_END, whenRead } from '../../process/output-end.js'
import { withoutStartFiles } from '../../process/plain-environment.js'
import { endGroup, keepGroup, signalGroup } from '../../process/process-groups.js'
import type { HookAction } from '../config/hook.js'
import { failedResult, type HookResult } from './hook-result.js'
import { type PathOf, withKeptPrograms } from './kept-program.js'

export interface CommandHookContext {
  /** The working directory of the session, where the hook runs: a path like `./.claude/hooks/x.sh` is relative to it. */
  readonly projectDir: string
  /** Returns the path with the contents that a file had when the session began; default: the file itself. */
  readonly pathOf?: PathOf
  /** The working directory of the call, used if that of the session no longer exists. */
  readonly callCwd: string | null
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

type CommandAction = Extract<HookAction, { type: 'command' }>

/** Characters kept of an output: the rest is read and dropped, so that the hook can end. */
const KEEP = 4 * 1024 * 1024
/** The placeholder for the project folder in the arguments of a program that runs without a shell. */
const PROJECT_DIR = /\$\{CLAUDE_PROJECT_DIR\}/g
/** Time between SIGTERM and SIGKILL, in ms. */
const GRACE = 500

/**
 * Runs a command hook with one JSON line on its stdin (claude-code-2.1 section 2). Never rejects and never takes longer
 * than the timeout. Background processes of the hook may run until its timeout and end with codex-plus at the latest.
 */
export function runCommand(action: CommandAction, input: string, context: CommandHookContext): Promise<HookResult> {
  return new Promise((resolve) => {
    let child: ChildProcess
    try {
      child = start(action, `${input}\n`, context)
    } catch (error) {
      return resolve(failedResult(`could not be started: ${(error as Error).message}`))
    }
    const { pid } = child
    if (pid !== undefined) keepGroup(pid)
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
    let finished = false
    const finish = (result: Omit<HookResult, 'stdout' | 'stderr'>): void => {
      if (finished) return
      finished = true
      clearTimeout(timer)
      context.signal?.removeEventListener('abort', abort)
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      child.unref()
      resolve({ ...result, stdout: stdout.text, stderr: stderr.text, truncated: stdout.truncated })
    }
    const begun = performance.now()
    const end = (failure: string, timedOut: boolean): void => {
      if (pid !== undefined) endGroup(pid, GRACE)
      finish({ exitCode: null, failure, timedOut })
    }
    const timer = setTimeout(() => end(`took longer than ${context.timeoutMs / 1000} s`, true), context.timeoutMs)
    const abort = (): void => end('was cancelled', false)
    if (context.signal?.aborted) abort()
    context.signal?.addEventListener('abort', abort, { once: true })

    child.once('error', (error) => finish({ exitCode: null, failure: startFailure(error), timedOut: false }))
    child.once('exit', (code, signal) => {
      const done = (): void => {
        if (pid !== undefined) endAfter(pid, context.timeoutMs - (performance.now() - begun))
        const failure = signal === null ? null : `was ended by ${signal}`
        finish({ exitCode: code, failure, timedOut: false })
      }
      const waiting = setTimeout(() => whenRead([child.stdout, child.stderr], done), AFTER_END)
      child.once('close', () => {
        clearTimeout(waiting)
        done()
      })
    })
  })
}

const itself: PathOf = (file) => file

function start(action: CommandAction, input: string, context: CommandHookContext): ChildProcess {
  const file = openInputFile(input)
  try {
    const child = startWith(action, file ?? 'pipe', context)
    // A hook does not have to read its stdin.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    return child
  } finally {
    if (file !== null) closeSync(file)
  }
}

function startWith(
  { command, args, shell }: CommandAction,
  stdin: number | 'pipe',
  { projectDir, callCwd, pathOf = itself, env }: CommandHookContext,
): ChildProcess {
  const options: SpawnOptions = {
    cwd: [projectDir, callCwd ?? projectDir].find((folder) => statsOf(folder)?.isDirectory()) ?? projectDir,
    env: withoutStartFiles(env),
    stdio: [stdin, 'pipe', 'pipe'],
    // A separate process group: codex-plus can end the hook with all its children, and it has no terminal.
    detached: true,
  }
  if (args === null) {
    const script = withKeptPrograms(command, projectDir, pathOf)
    return spawn(shell, [...(shell === 'bash' ? ['--norc'] : []), '-c', script], options)
  }
  const filled = [command, ...args].map((word) => pathOf(word.replace(PROJECT_DIR, () => projectDir)))
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
  return `could not be started: ${code === 'ENOENT' ? 'no such program' : error.message}`
}

/** Ends the background processes of a finished hook if they still run after `leftMs` ms. */
function endAfter(group: number, leftMs: number): void {
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
