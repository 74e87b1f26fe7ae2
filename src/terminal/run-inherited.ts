import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from './exit-status.js'
import { openStandardStreams } from './standard-streams.js'

export interface InheritedRun {
  file: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
  /** End the child when this process dies for any reason: without the proxy codex would retry for ever. */
  endsWithParent?: boolean
}

/**
 * The shell starts a guard and then replaces itself by the child, so that this process sees the child's process id and end.
 * The guard reads descriptor 3, whose other end only this process holds: a line means that the child ended by itself, an end
 * of file that this process is gone. The guard ignores ending signals; it kills a child that ignores SIGTERM after 5 s.
 */
const GUARDED = [
  "(trap '' INT QUIT HUP TERM",
  'read -r _ <&3 && exit',
  'kill -TERM $$; n=0',
  'while [ $n -lt 50 ] && kill -0 $$; do sleep 0.1; n=$((n+1)); done',
  'kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&-',
].join('\n')

/** Runs a program on the inherited stdio and resolves with its exit status; throws CP_CODEX_SPAWN when it cannot start. */
export function runInherited(run: InheritedRun): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    // Listeners are added before the child starts: a signal may come as soon as it runs.
    let child: ChildProcess | undefined
    const forward = (signal: NodeJS.Signals): void => {
      if (signal === 'SIGINT' && interruptReachedChild()) return
      child?.kill(signal)
    }
    for (const signal of FORWARDED) process.on(signal, forward)
    const release = (): void => {
      for (const signal of FORWARDED) process.off(signal, forward)
    }
    const fail = (cause: unknown): void => {
      release()
      reject(cause instanceof CodexPlusError ? cause : spawnError(run.file, cause))
    }
    try {
      child = start(run)
    } catch (cause) {
      fail(cause)
      return
    }
    child.once('error', fail)
    child.once('exit', (code, signal) => {
      release()
      letGuardEnd(child)
      resolve({ code, signal })
    })
  })
}

function start({ file, args, env, cwd, endsWithParent }: InheritedRun): ChildProcess {
  openStandardStreams()
  if (!endsWithParent || process.platform === 'win32') return spawn(file, args, { cwd, env, stdio: 'inherit' })
  requireExecutable(file)
  const stdio = ['inherit', 'inherit', 'inherit', 'pipe'] as const
  return spawn('/bin/sh', ['-c', GUARDED, 'codex-plus', file, ...args], { cwd, env, stdio: [...stdio] })
}

function letGuardEnd(child: ChildProcess | undefined): void {
  const pipe = child?.stdio[3] as Writable | null | undefined
  pipe?.on('error', () => {})
  pipe?.end('\n')
}

/** Throws CP_CODEX_SPAWN when a path is not an executable file. */
export function requireExecutable(file: string): void {
  if (!file.includes('/')) return
  try {
    accessSync(file, constants.X_OK)
  } catch (cause) {
    throw spawnError(file, cause)
  }
}

/** Returns the error for a program that could not be started. */
export function spawnError(file: string, cause: unknown): CodexPlusError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CodexPlusError('CP_CODEX_SPAWN', `${file} could not be started: ${reason}.`, {
    hint: 'Check that the file exists and may be run.',
    cause,
  })
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Returns whether Ctrl-C in a terminal has sent SIGINT to the child as well: the terminal signals its whole foreground
 * process group, so this is true only while this process's group is in the foreground.
 */
function interruptReachedChild(): boolean {
  try {
    // proc(5): after the last ")" come state, ppid, pgrp, session, tty_nr, tpgid.
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[2] === fields[5]
  } catch {
    return hasTerminal()
  }
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
