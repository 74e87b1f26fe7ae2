import { isObject } from '../json.js'
import type { FrontMatter } from './front-matter.js'

/** Events whose hooks guard something: one that cannot be read must not leave its file more powerful than it was meant. */
export const GUARD_EVENTS: ReadonlySet<string> = new Set(['PreToolUse', 'PermissionRequest', 'PreSkillShellCommand'])

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  command: ['command'],
  http: ['url'],
  prompt: ['prompt'],
  agent: ['prompt'],
  mcp_tool: ['server', 'tool'],
}

/**
 * Finds the guard hook of a command's front matter that cannot be read, or one that stands at the top level by mistake.
 * Claude Code then ignores the file's `allowed-tools` (claude-code-2.1 section 1.3). Returns its key, null where all are fine.
 */
export function unreadableGuard(frontMatter: FrontMatter): string | null {
  for (const event of GUARD_EVENTS) {
    if (frontMatter[event] !== undefined) return event
    const groups = isObject(frontMatter.hooks) ? frontMatter.hooks[event] : undefined
    if (groups !== undefined && !(Array.isArray(groups) && groups.every(isGroup))) return `hooks.${event}`
  }
  return null
}

function isGroup(group: unknown): boolean {
  return isObject(group) && Array.isArray(group.hooks) && group.hooks.every(isHandler)
}

function isHandler(handler: unknown): boolean {
  if (!isObject(handler) || typeof handler.type !== 'string') return false
  const required = Object.hasOwn(REQUIRED, handler.type) ? REQUIRED[handler.type] : undefined
  return required?.every((key) => typeof handler[key] === 'string' && handler[key] !== '') ?? false
}
