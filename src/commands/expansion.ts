import type { Attachment } from './attach-references.js'
import type { Command } from './read-command.js'

/** The result of expanding a prompt. */
export interface Expansion {
  /** `prompt`: sent as `text`; `passthrough`: sent as typed; `local`: answered locally. */
  readonly outcome: 'prompt' | 'passthrough' | 'local'
  /** The command that was found; null when there is none. */
  readonly command: Command | null
  readonly args: string
  /** The blocks of text to send, without Claude Code's header block. */
  readonly text: readonly string[]
  readonly attachments: readonly Attachment[]
  /** The text shown to the user: the reason of a failure, or the output that is the answer. */
  readonly message: string | null
  /** The module (and its file) that produced this expansion, when no command file did. */
  readonly by?: { readonly name: string; readonly path: string | null } | null
  /** Whether the prompt and its local answer are left out of later requests to the model. */
  readonly aside?: boolean
  /** The prompt was typed as a command that does not exist; it is sent as typed. `near` is the most similar name. */
  readonly unknown?: { readonly name: string; readonly near: string | null }
  /** The command failed, was refused or may not run: `message` is an error, not an answer. */
  readonly failed?: boolean
}

/** The session and turn a prompt belongs to. */
export interface ExpandOptions {
  readonly sessionId: string
  readonly turnId?: string
  readonly effort: string | null
  readonly model?: string | null
  readonly signal?: AbortSignal
}
