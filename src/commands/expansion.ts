import type { Attachment } from './attach-references.js'
import type { Command } from './read-command.js'

/** What became of a prompt. */
export interface Expansion {
  /** `prompt`: a command, to be sent as `text`; `passthrough`: as typed; `unknown`: no such command; `local`: answered here. */
  readonly outcome: 'prompt' | 'passthrough' | 'unknown' | 'local'
  /** The command that was meant, as it was found; null where there is none. */
  readonly command: Command | null
  readonly args: string
  /** The blocks of text to send, without Claude Code's header block. */
  readonly text: readonly string[]
  readonly attachments: readonly Attachment[]
  /** What to tell the user: the reason of a failure, or the output that is the answer. */
  readonly message: string | null
  /** What made this of the prompt where no command file did: a module, with its file. */
  readonly by?: { readonly name: string; readonly path: string | null } | null
  /** An answer that is between the user and us: later requests do not tell the model of it. */
  readonly aside?: boolean
}

/** What belongs to the turn a prompt is from. */
export interface ExpandOptions {
  readonly sessionId: string
  readonly turnId?: string
  readonly effort: string | null
  readonly model?: string | null
  readonly signal?: AbortSignal
}
