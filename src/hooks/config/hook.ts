/** Where a hook is configured: a settings file, or the front matter of an invoked command. */
export interface HookSource {
  readonly scope: 'managed' | 'user' | 'project' | 'local' | 'command'
  readonly file: string
}

/** The action of a hook, by type. */
export type HookAction =
  /** A shell command; with `args`, a program that is started without a shell. */
  | {
      readonly type: 'command'
      readonly command: string
      readonly args: readonly string[] | null
      readonly shell: '/bin/sh' | 'bash'
      /** codex-plus does not wait for the hook; a later event delivers its output. */
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

/** A configured hook. */
export interface Hook {
  readonly event: string
  /** Empty: matches everything. */
  readonly matcher: string
  /** The `if` permission rule that must match the tool call; empty: no condition. */
  readonly condition: string
  readonly action: HookAction
  /** In ms; null: the default of the event. */
  readonly timeoutMs: number | null
  /** Whether the hook runs only once per session. */
  readonly once: boolean
  readonly source: HookSource
}

/** Returns the name of a hook in messages: its command, URL, prompt or tool. */
export function hookName({ action }: Hook): string {
  if (action.type === 'command') return [action.command, ...(action.args ?? [])].join(' ')
  if (action.type === 'http') return action.url
  return action.type === 'prompt' ? action.prompt : `mcp__${action.server}__${action.tool}`
}

/** The action of a hook of one type. */
export type ActionOf<Type extends HookAction['type']> = Extract<HookAction, { type: Type }>
