import type { JsonObject } from '../../../request/request-body.js'

/** One call of a tool as Claude Code names it. */
export interface ToolUse {
  readonly name: string
  readonly input: JsonObject
}
