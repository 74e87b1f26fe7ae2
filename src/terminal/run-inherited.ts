import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from './exit-status.js'

export interface InheritedRun {
  file: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
  /** End the child when this process dies, however that happens: without us it would retry for ever. */
  endsWithUs?: boolean
}

/**
 * The shell turns into the child, so that its process id and its end are ours to see, and leaves a guard behind that
 * reads descriptor 3. Only this process holds the other end: a line says that the child ended by itself, an end of file
 * that we are gone. The guard outlives what ends us, and a child that does not hear SIGTERM is killed after 5 s.
 */
const GUARDED = [
  "(trap '' INT QUIT HUP TERM",
  'read -r _ <&3 && exit',
  'kill -TERM $$; n=0',
  'while [ $n -lt 50 ] && kill -0 $$; do sleep 0.1; n=$((n+1)); done',
  'kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&-',
].join('\n')

/** Runs a program on our own stdio and resolves with how it ended; throws CP_CODEX_SPAWN when it cannot start. */
export function runInherited(run: InheritedRun): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    // First the listeners, then the child: a signal may come as soon as it runs.
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

function start({ file, args, env, cwd, endsWithUs }: InheritedRun): ChildProcess {
  if (!endsWithUs || process.platform === 'win32') return spawn(file, args, { cwd, env, stdio: 'inherit' })
  requireExecutable(file)
  const stdio = ['inherit', 'inherit', 'inherit', 'pipe'] as const
  return spawn('/bin/sh', ['-c', GUARDED, 'codex-plus', file, ...args], { cwd, env, stdio: [...stdio] })
}

function letGuardEnd(child: ChildProcess | undefined): void {
  const line = child?.stdio[3] as Writable | null | undefined
  line?.on('error', () => {})
  line?.end('\n')
}

/** Throws CP_CODEX_SPAWN for a path that names no executable file. */
export function requireExecutable(file: string): void {
  if (!file.includes('/')) return
  try {
    accessSync(file, constants.X_OK)
  } catch (cause) {
    throw spawnError(file, cause)
  }
}

/** The error for a program that could not be started. */
export function spawnError(file: string, cause: unknown): CodexPlusError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CodexPlusError('CP_CODEX_SPAWN', `${file} could not be started: ${reason}.`, {
    hint: 'Check that the file exists and may be run.',
    cause,
  })
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Whether Ctrl-C in a terminal has sent SIGINT to the child as well: the terminal signals its whole foreground group,
 * so only a group that is in the foreground of a terminal got it that way.
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
