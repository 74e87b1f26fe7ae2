import type { CodexInvocation } from '../../codex/codex-arguments.js'
import type { Settings } from '../../config/settings.js'

/** One thing that was looked at. */
export interface Finding {
  readonly topic: string
  /** `bad` makes the exit code 1; `note` is worth knowing and hinders nothing. */
  readonly level: 'ok' | 'note' | 'bad'
  readonly text: string
}

/** What every check starts from. */
export interface CheckContext {
  readonly invocation: CodexInvocation
  readonly env: NodeJS.ProcessEnv
  /** Where codex works. */
  readonly cwd: string
  readonly settings: Settings
  /** What the settings files said that does not count. */
  readonly notices: readonly string[]
}

/** One look at one thing. It may throw: that is a `bad` finding of its topic. */
export interface Check {
  readonly topic: string
  run(context: CheckContext): Promise<Finding[]> | Finding[]
}

/** Makes findings of a topic. */
export function about(topic: string): Record<'ok' | 'note' | 'bad', (text: string) => Finding> {
  return {
    ok: (text) => ({ topic, level: 'ok', text }),
    note: (text) => ({ topic, level: 'note', text }),
    bad: (text) => ({ topic, level: 'bad', text }),
  }
}
