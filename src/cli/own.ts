import type { CodexInvocation } from '../codex/arguments.js'
import { CodexPlusError } from '../errors.js'
import type { ExitStatus } from '../terminal/exit.js'

/** Where a subcommand of ours runs. */
export interface OwnContext {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** Runs a subcommand of ours. */
export async function runOwn(invocation: CodexInvocation, context: OwnContext): Promise<ExitStatus> {
  const words = invocation.forwarded.slice(invocation.forwarded.indexOf(invocation.prompt?.text ?? ''))
  if (words[0] === 'plus' && words[1] === 'doctor') {
    const { runDoctor } = await import('./doctor.js')
    return await runDoctor(invocation, context)
  }
  throw new CodexPlusError('CP_USAGE', `there is no subcommand '${words.slice(0, 2).join(' ')}' yet.`, {
    hint: '`codex-plus plus doctor` is there.',
  })
}
