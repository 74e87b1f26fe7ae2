import type { CodexInvocation } from './parse-arguments.js'

/** How codex is run: with or without the proxy, with or without a PTY. */
export interface LaunchMode {
  /** Whether its model calls go through the proxy. */
  readonly proxy: boolean
  /** `pty` only when codex is interactive and stdin and stdout are terminals; otherwise codex inherits the stdio. */
  readonly terminal: 'pty' | 'inherit'
  /** Whether a run that succeeds must have called the model. */
  readonly modelCallExpected: boolean
}

/**
 * Subcommands that call a model (codex-0.169 section 7): the interactive ones need a terminal, the others do not.
 * `app-server` and `exec-server` are started by editors, which speak to them over stdio.
 */
const INTERACTIVE = new Set(['', 'resume', 'fork', 'agents'])
const BATCH = new Set(['exec', 'e', 'review'])
const SERVERS = new Set(['app-server'])

/** Decides how a codex command line is run. */
export function decideMode(
  invocation: CodexInvocation,
  ends: { stdinIsTty: boolean; stdoutIsTty: boolean },
): LaunchMode {
  const [first = '', second = ''] = invocation.subcommand
  const inherit = { terminal: 'inherit', modelCallExpected: false } as const
  if (invocation.help || invocation.version) return { proxy: false, ...inherit }
  if (BATCH.has(first)) return { proxy: true, terminal: 'inherit', modelCallExpected: true }
  if (SERVERS.has(first)) return { proxy: second === '', ...inherit }
  if (!INTERACTIVE.has(first)) return { proxy: false, ...inherit }
  const terminal = ends.stdinIsTty && ends.stdoutIsTty ? 'pty' : 'inherit'
  return { proxy: true, terminal, modelCallExpected: false }
}
