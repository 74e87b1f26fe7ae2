import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { redact } from './redact.js'

export const LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What every stage writes to. It never reaches the terminal and never holds a credential. */
export interface Log {
  error(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  debug(event: string, fields?: LogFields): void
  close(): void
}
export type LogFields = Record<string, unknown>

/** A log that keeps nothing. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {}, close() {} }

/** Appends one JSON object a line to `file` (0600), redacted; falls silent when the file cannot be written. */
export function openLog(file: string, level: LogLevel): Log {
  const limit = LOG_LEVELS.indexOf(level)
  if (limit === 0) return silentLog
  let descriptor: number
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    descriptor = openSync(file, 'a', 0o600)
  } catch {
    return silentLog
  }
  let open = true
  const write = (name: LogLevel, event: string, fields: LogFields = {}): void => {
    if (!open || LOG_LEVELS.indexOf(name) > limit) return
    try {
      writeSync(
        descriptor,
        `${redact(JSON.stringify({ at: new Date().toISOString(), level: name, event, ...fields }))}\n`,
      )
    } catch {
      // A full disk costs the log, never the session.
      open = false
    }
  }
  return {
    error: (event, fields) => write('error', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    info: (event, fields) => write('info', event, fields),
    debug: (event, fields) => write('debug', event, fields),
    close() {
      if (open) closeSync(descriptor)
      open = false
    },
  }
}
