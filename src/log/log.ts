// Folder log: writes the log file of a run, with credentials removed.
import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makePrivateFolder } from '../paths.js'
import { redactValue } from './redact.js'

export const LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The log that all parts write to. It never goes to the terminal and never contains a credential. */
export interface Log {
  error(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  debug(event: string, fields?: LogFields): void
  close(): void
}
export type LogFields = Record<string, unknown>

/** A log that discards everything. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {}, close() {} }

/**
 * Opens a log that appends one redacted JSON object per line to `file` (0600). When it cannot be opened or written, `onLost`
 * is called once, and the log is silent from then on.
 */
export function openLog(file: string, level: LogLevel, onLost?: (error: unknown) => void): Log {
  const limit = LOG_LEVELS.indexOf(level)
  if (limit === 0) return silentLog
  let descriptor: number
  try {
    descriptor = openPrivately(file)
  } catch (error) {
    onLost?.(error)
    return silentLog
  }
  let open = true
  const close = (): void => {
    if (open) closeSync(descriptor)
    open = false
  }
  const write = (name: LogLevel, event: string, fields: LogFields = {}): void => {
    if (!open || LOG_LEVELS.indexOf(name) > limit) return
    const line = formatLine(name, event, fields)
    try {
      writeSync(descriptor, line)
    } catch (error) {
      // A full disk ends the log, never the session.
      close()
      onLost?.(error)
    }
  }
  return {
    error: (event, fields) => write('error', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    info: (event, fields) => write('info', event, fields),
    debug: (event, fields) => write('debug', event, fields),
    close,
  }
}

function openPrivately(file: string): number {
  makePrivateFolder(dirname(file))
  const descriptor = openSync(file, 'a', 0o600)
  // An existing file would keep its old mode; a device keeps its mode in any case.
  if (fstatSync(descriptor).isFile()) fchmodSync(descriptor, 0o600)
  return descriptor
}

function formatLine(level: LogLevel, event: string, fields: LogFields): string {
  const at = new Date().toISOString()
  try {
    // Values are redacted before JSON escaping: an escape could hide a credential, and a cut could break the JSON.
    return `${JSON.stringify({ at, level, event, ...(redactValue(fields) as LogFields) })}\n`
  } catch {
    // For example a getter that throws.
    return `${JSON.stringify({ at, level, event, fields: 'could not be written' })}\n`
  }
}
