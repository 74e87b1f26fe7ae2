// This folder holds the checks of `plus doctor`: each one examines a topic and returns findings.
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import type { Settings } from '../../config/settings.js'

/** The result of examining one thing. */
export interface Finding {
  readonly topic: string
  /** `bad` makes the exit code 1; `note` is information only. */
  readonly level: 'ok' | 'note' | 'bad'
  readonly text: string
}

/** The input of every check. */
export interface CheckContext {
  readonly invocation: CodexInvocation
  readonly env: NodeJS.ProcessEnv
  /** The working directory of codex. */
  readonly cwd: string
  readonly settings: Settings
  /** The warnings about ignored keys of the settings files. */
  readonly notices: readonly string[]
}

/** One check. An error it throws becomes a `bad` finding of its topic. */
export interface Check {
  readonly topic: string
  run(context: CheckContext): Promise<Finding[]> | Finding[]
}

/** Returns functions that create the findings of a topic. */
export function about(topic: string): Record<'ok' | 'note' | 'bad', (text: string) => Finding> {
  return {
    ok: (text) => ({ topic, level: 'ok', text }),
    note: (text) => ({ topic, level: 'note', text }),
    bad: (text) => ({ topic, level: 'bad', text }),
  }
}
