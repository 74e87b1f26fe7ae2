import type { JsonObject } from '../../../request/request-body.js'

/** The output of a codex hook: JSON or plain text on stdout, a text on stderr with exit code 2, or nothing. */
export type HookReply = { readonly json: JsonObject } | { readonly plain: string } | { readonly refused: string } | null

/**
 * Chooses how a codex hook prints an answer. codex runs a hook with the user's shell, whose start files may print too: codex
 * then takes stdout for plain text, ignores a decision in it and gives the JSON to the model. An answer that holds something
 * back is therefore exit code 2 with its text on stderr, where codex ignores stdout, and a bare context is plain text.
 * `interactive`: the text is what the TUI shows, so it carries the system message too.
 */
export function hookReply(event: string, answer: JsonObject | null, interactive: boolean): HookReply {
  if (answer === null) return null
  const reason = heldBack(event, answer)
  if (reason !== null) {
    const message = interactive && typeof answer.systemMessage === 'string' ? answer.systemMessage : ''
    return { refused: printed(joined(reason, message)) }
  }
  const context = bareContext(event, answer)
  return context === null ? { json: answer } : { plain: context }
}

/** Returns the reason of an answer that stops the event; null for an answer that does not, or that exit code 2 cannot give. */
function heldBack(event: string, answer: JsonObject): string | null {
  const own = (answer.hookSpecificOutput ?? {}) as JsonObject
  if (event === 'PreToolUse' && own.permissionDecision === 'deny') {
    return joined(own.permissionDecisionReason, own.additionalContext)
  }
  if (event === 'PermissionRequest') {
    const { behavior, message } = (own.decision ?? {}) as JsonObject
    return behavior === 'deny' ? String(message) : null
  }
  if (event === 'UserPromptSubmit' && answer.continue === false) return String(answer.stopReason)
  // codex's PreCompact fails open with exit code 2, and its PostToolUse would lose the tool's result.
  return BLOCKED.has(event) && answer.decision === 'block' ? String(answer.reason) : null
}

/** Events that exit code 2 blocks as `decision: "block"` does (seen on codex 0.169). */
const BLOCKED: ReadonlySet<string> = new Set(['UserPromptSubmit', 'Stop', 'SubagentStop'])
/** Events whose plain output is a context for the model (codex-0.169 section 5.1). */
const PLAIN: ReadonlySet<string> = new Set(['UserPromptSubmit', 'SessionStart', 'SubagentStart'])

/** Returns the context of an answer that has nothing else, if codex reads it from plain output unchanged. */
function bareContext(event: string, answer: JsonObject): string | null {
  const { additionalContext } = (answer.hookSpecificOutput ?? {}) as JsonObject
  if (!PLAIN.has(event) || Object.keys(answer).length !== 1 || typeof additionalContext !== 'string') return null
  // codex trims plain output, and takes what begins like JSON for JSON.
  const unchanged = additionalContext.trim() === additionalContext && !/^[[{]|\0/.test(additionalContext)
  return unchanged && additionalContext !== '' ? additionalContext : null
}

/** codex trims the text, and no shell can hold a NUL. */
function printed(text: string): string {
  return text.replaceAll('\0', '').trim() || 'A hook stopped this.'
}

function joined(...texts: unknown[]): string {
  return texts.filter((text) => typeof text === 'string' && text !== '').join('\n')
}
