/** The data a module gets about the prompt it works on. */
export interface ModuleContext {
  /** The command's name as typed, without the slash. */
  readonly command: string
  /** The text behind the command's name. */
  readonly args: string
  /** `args` split into words as a shell would. */
  readonly words: readonly string[]
  /** The current prompt, made by a command file or an earlier module; null while there is none. */
  readonly prompt: string | null
  /** codex's working directory. */
  readonly cwd: string
  /** The id of codex's thread. */
  readonly sessionId: string
  readonly model: string | null
  readonly effort: string | null
}

/** A local answer. The model never sees a plain string; with `shared` it sees the exchange in later turns. */
export type ModuleAnswer = string | { readonly text: string; readonly shared: boolean }

/** A slash module: it creates a prompt, extends one, or answers without the model. It must do at least one of the three. */
export interface Module {
  readonly name: string
  readonly description: string
  /** Modules with a lower priority run first; 100 by default. */
  readonly priority?: number
  readonly aliases?: readonly string[]
  /** The arguments as shown in lists, e.g. `[file]`. */
  readonly argumentHint?: string
  /** Returns whether the module handles this command; `command` has no slash. */
  canHandle(command: string, args: string): boolean | Promise<boolean>
  /** Returns the prompt to send in place of the typed text. */
  mutatePrompt?(command: string, args: string, context: ModuleContext): string | Promise<string>
  /** Returns the prompt to send in place of `prompt`, which a command file or `mutatePrompt` made. */
  enhancePrompt?(prompt: string, context: ModuleContext): string | Promise<string>
  /** Returns an answer without calling the model; null passes the command on to the other modules. */
  executeLocally?(
    command: string,
    args: string,
    context: ModuleContext,
  ): ModuleAnswer | null | Promise<ModuleAnswer | null>
}

/** The optional functions of a module. */
export const ABILITIES = ['executeLocally', 'mutatePrompt', 'enhancePrompt'] as const

/** The name of an optional function of a module. */
export type Ability = (typeof ABILITIES)[number]

/** A loaded module, built-in or custom. */
export interface LoadedModule {
  readonly name: string
  readonly description: string
  readonly priority: number
  readonly aliases: readonly string[]
  readonly argumentHint: string | null
  readonly source: 'project' | 'personal' | 'built-in'
  /** Its file; null for a built-in module. */
  readonly path: string | null
  readonly abilities: readonly Ability[]
  /** Calls a function of the module. Rejects when that fails or takes too long, with a message that names file and line. */
  call(name: Ability | 'canHandle', args: readonly unknown[]): Promise<unknown>
}

/** The default priority. */
export const DEFAULT_PRIORITY = 100
