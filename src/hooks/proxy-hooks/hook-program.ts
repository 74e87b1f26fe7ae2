import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Log } from '../../log/log.js'
import { withoutStartFiles } from '../../process/plain-environment.js'
import type { ProxyHookFile } from './find-proxy-hooks.js'

/** The working directory and environment of a filter program. */
export interface ProgramContext {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
}

/** A running filter program, in its own process group and without a terminal. */
export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams
  /** Resolves after the end of the program and its output: with the failure reason, or null. */
  readonly ended: Promise<string | null>
  /** Kills the program and its child processes. */
  kill(): void
}

/** Starts a filter program. */
export function startProgram({ kind, path, program }: ProxyHookFile, context: ProgramContext): RunningProgram {
  const [file = path, ...args] = program ?? []
  const child = spawn(file, args, {
    cwd: context.folder,
    env: { ...withoutStartFiles(context.env), CLAUDE_PROJECT_DIR: context.folder, CODEX_PLUS_HOOK: kind },
    stdio: 'pipe',
    detached: true,
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  // A filter may end before it has read everything.
  child.stdin.on('error', () => {})
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group has ended already.
    }
    child.stdin.destroy()
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const ended = new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started (${error.message})`))
    child.once('close', (code, signal) => {
      if (errors !== '') context.log.debug('hooks.printed', { path, text: errors })
      if (signal !== null) resolve(`it was ended by ${signal}`)
      else resolve(code === 0 ? null : `it ended with exit code ${code}${lastLine(errors)}`)
    })
  })
  return { child, ended, kill }
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)?.trim() ?? ''
  return line === '' ? '' : `: ${line.slice(0, 200)}`
}
