import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from './exit.js'

export interface InheritedRun {
  file: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
  /** The name the child sees as its own, where it differs from `file`. */
  argv0?: string
}

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
      reject(spawnError(run.file, cause))
    }
    try {
      child = spawn(run.file, run.args, {
        cwd: run.cwd,
        env: run.env,
        stdio: 'inherit',
        ...(run.argv0 === undefined ? {} : { argv0: run.argv0 }),
      })
    } catch (cause) {
      fail(cause)
      return
    }
    child.once('error', fail)
    child.once('exit', (code, signal) => {
      release()
      resolve({ code, signal })
    })
  })
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
