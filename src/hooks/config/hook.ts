/** Where a hook is configured: a settings file, or the front matter of a command that was invoked. */
export interface HookSource {
  readonly scope: 'user' | 'project' | 'local' | 'command'
  readonly file: string
}

/** What a hook does. */
export type HookAction =
  /** A shell command; with `args` a program that is started without a shell. */
  | {
      readonly type: 'command'
      readonly command: string
      readonly args: readonly string[] | null
      readonly shell: '/bin/sh' | 'bash'
      /** Nobody waits for it; what it says comes with a later event. */
      readonly async: boolean
    }
  | {
      readonly type: 'http'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly allowedEnvVars: readonly string[]
    }
  | { readonly type: 'prompt'; readonly prompt: string; readonly model: string | null }
  | {
      readonly type: 'mcp_tool'
      readonly server: string
      readonly tool: string
      readonly input: Readonly<Record<string, unknown>>
    }

/** One hook as it is configured. */
export interface Hook {
  readonly event: string
  /** Empty: every one. */
  readonly matcher: string
  /** A permission rule that has to cover the tool call; empty: none. */
  readonly condition: string
  readonly action: HookAction
  /** In ms; null: the event's own. */
  readonly timeoutMs: number | null
  /** It runs once in a session. */
  readonly once: boolean
  readonly source: HookSource
}

/** What names a hook in messages: its command, URL, prompt or tool. */
export function hookName({ action }: Hook): string {
  if (action.type === 'command') return [action.command, ...(action.args ?? [])].join(' ')
  if (action.type === 'http') return action.url
  return action.type === 'prompt' ? action.prompt : `mcp__${action.server}__${action.tool}`
}

/** The action of a hook of one type. */
export type ActionOf<Type extends HookAction['type']> = Extract<HookAction, { type: Type }>
