import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Log } from '../../log/log.js'
import { withoutStartFiles } from '../../process/plain-environment.js'
import { endGroup, keepGroup } from '../../process/process-groups.js'
import type { ProxyHookFile } from './find-proxy-hooks.js'

/** The working directory and environment of a filter program. */
export interface ProgramContext {
  readonly folder: string
  /** Returns the path with the contents that a file had when the session began; default: the file itself. */
  readonly pathOf?: (file: string) => string
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
}

/** A running filter program, in its own process group and without a terminal. */
export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams
  /** Resolves after the end of the program and its output, or after `stop`: with the failure reason, or null. */
  readonly ended: Promise<string | null>
  /** Ends the program and everything it started: SIGTERM, and SIGKILL a second later. */
  stop(): void
}

/** Between SIGTERM and SIGKILL of a filter that has to end, in ms. */
const GRACE_MS = 1000

/** Starts a filter program. Its process group ends with codex-plus at the latest. */
export function startProgram({ kind, path, program }: ProxyHookFile, context: ProgramContext): RunningProgram {
  const current = context.pathOf?.(path) ?? path
  const [file = current, ...args] = (program ?? []).map((word) => (word === path ? current : word))
  const child = spawn(file, args, {
    cwd: context.folder,
    env: { ...withoutStartFiles(context.env), CLAUDE_PROJECT_DIR: context.folder, CODEX_PLUS_HOOK: kind },
    stdio: 'pipe',
    detached: true,
  })
  const { pid } = child
  if (pid !== undefined) keepGroup(pid)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  // A filter may end before it has read everything.
  child.stdin.on('error', () => {})
  let stopped = (): void => {}
  const ended = new Promise<string | null>((resolve) => {
    stopped = () => resolve('it was stopped')
    child.once('error', (error) => resolve(`it could not be started (${error.message})`))
    child.once('close', (code, signal) => {
      if (errors !== '') context.log.debug('hooks.printed', { path, text: errors })
      if (signal !== null) resolve(`it was ended by ${signal}`)
      else resolve(code === 0 ? null : `it ended with exit code ${code}${lastLine(errors)}`)
    })
  })
  const stop = (): void => {
    if (pid !== undefined) endGroup(pid, GRACE_MS)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    stopped()
  }
  return { child, ended, stop }
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)?.trim() ?? ''
  return line === '' ? '' : `: ${line.slice(0, 200)}`
}
