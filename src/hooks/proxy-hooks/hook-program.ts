import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Log } from '../../log/log.js'
import type { ProxyHookFile } from './find-proxy-hooks.js'

/** Where a filter runs, and with which environment. */
export interface ProgramContext {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
}

/** A filter that runs: a process group of its own, without our terminal. */
export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams
  /** Resolves with why it failed, or null, once it has ended and its output is read. */
  readonly ended: Promise<string | null>
  /** Ends it and what it started. */
  kill(): void
}

/** Starts a filter. */
export function startProgram({ kind, path, program }: ProxyHookFile, place: ProgramContext): RunningProgram {
  const [file = path, ...args] = program ?? []
  const child = spawn(file, args, {
    cwd: place.folder,
    env: { ...place.env, CLAUDE_PROJECT_DIR: place.folder, CODEX_PLUS_HOOK: kind },
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
      // It has ended already.
    }
    child.stdin.destroy()
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const ended = new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started (${error.message})`))
    child.once('close', (code, signal) => {
      if (errors !== '') place.log.debug('hooks.printed', { path, text: errors })
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
