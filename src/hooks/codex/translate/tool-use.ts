import type { JsonObject } from '../../../request/request-body.js'

/** A tool call with Claude Code's tool name and input. */
export interface ToolUse {
  readonly name: string
  readonly input: JsonObject
}
