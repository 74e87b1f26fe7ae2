/** What a module is told about the prompt it works on. */
export interface ModuleContext {
  /** The command's name as it was typed, without the slash. */
  readonly command: string
  /** What was typed behind it. */
  readonly args: string
  /** `args` as words, read as a shell would. */
  readonly words: readonly string[]
  /** The prompt as it stands: what a command file or an earlier module made of it; null while nothing has. */
  readonly prompt: string | null
  /** Where codex works. */
  readonly cwd: string
  /** codex's thread. */
  readonly sessionId: string
  readonly model: string | null
  readonly effort: string | null
}

/** An answer given here. The model never sees a plain string; with `shared` it sees the exchange in later turns. */
export type ModuleAnswer = string | { readonly text: string; readonly shared: boolean }

/** A slash module: it replaces a prompt, goes on from one, or answers without the model. At least one of the three. */
export interface Module {
  readonly name: string
  readonly description: string
  /** Lower comes first; 100 unless said. */
  readonly priority?: number
  readonly aliases?: readonly string[]
  /** What goes behind the name, for lists: `[file]`. */
  readonly argumentHint?: string
  /** Whether the module is for this command; `command` has no slash. */
  canHandle(command: string, args: string): boolean | Promise<boolean>
  /** The prompt to send in place of what was typed. */
  mutatePrompt?(command: string, args: string, context: ModuleContext): string | Promise<string>
  /** The prompt to send in place of `prompt`, which a command file or `mutatePrompt` made. */
  enhancePrompt?(prompt: string, context: ModuleContext): string | Promise<string>
  /** The answer, without a call of the model; null where it has none and others shall try. */
  executeLocally?(
    command: string,
    args: string,
    context: ModuleContext,
  ): ModuleAnswer | null | Promise<ModuleAnswer | null>
}

/** What a module can do with a prompt. */
export const ABILITIES = ['executeLocally', 'mutatePrompt', 'enhancePrompt'] as const

/** One of them. */
export type Ability = (typeof ABILITIES)[number]

/** A module that is there, wherever it runs. */
export interface LoadedModule {
  readonly name: string
  readonly description: string
  readonly priority: number
  readonly aliases: readonly string[]
  readonly argumentHint: string | null
  readonly source: 'project' | 'personal' | 'built-in'
  /** Its file; null for one of ours. */
  readonly path: string | null
  readonly abilities: readonly Ability[]
  /** Calls one of its functions. Rejects where that fails or takes too long, with a sentence that names file and line. */
  call(name: Ability | 'canHandle', args: readonly unknown[]): Promise<unknown>
}

/** The priority of a module that names none. */
export const DEFAULT_PRIORITY = 100
