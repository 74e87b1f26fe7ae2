import type { Log } from '../log/log.js'

const METHODS = ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const

/**
 * Redirects console output and process warnings of libraries to the log while the child uses the terminal; returns a
 * function that undoes it.
 */
export function quietConsole(log: Log): () => void {
  const target = globalThis.console
  const originals = METHODS.map((name) => [name, target[name]] as const)
  for (const [name] of originals) {
    target[name] = (...values: unknown[]) =>
      log.debug('terminal.console', { method: name, text: values.map(String).join(' ') })
  }
  const printers = process.listeners('warning')
  const keep = (warning: Error): void => log.debug('terminal.warning', { text: String(warning) })
  for (const printer of printers) process.off('warning', printer)
  process.on('warning', keep)
  return () => {
    for (const [name, original] of originals) target[name] = original
    process.off('warning', keep)
    for (const printer of printers) process.on('warning', printer)
  }
}
