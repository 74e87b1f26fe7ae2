import { resolve } from 'node:path'
import { liesBelow, matchesPattern } from './path-pattern.js'

/** A permission rule taken apart: the tool, and what stands in the parentheses (undefined: the whole tool). */
export type PermissionRule = { tool: string; content: string | undefined }

const RULE = /^([A-Za-z_][\w.-]*(?:\*)?)(?:\(([\s\S]*)\))?$/
const READERS = new Set(['Read', 'Edit'])
const READING = new Set(['Read', 'NotebookRead'])
const WRITERS = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit'])
const KNOWN_TOOLS = new Set(
  (
    'Agent AskUserQuestion Bash BashOutput Edit EnterPlanMode ExitPlanMode Glob Grep KillShell LS LSP ListMcpResourcesTool ' +
    'Monitor MultiEdit NotebookEdit NotebookRead PowerShell Read ReadMcpResourceTool SendMessage Skill SlashCommand Task ' +
    'TaskCreate TaskGet TaskList TaskOutput TaskStop TaskUpdate TodoRead TodoWrite ToolSearch WebFetch WebSearch Write'
  ).split(' '),
)

/** The rules of an `allowed-tools` value: a string is split on commas and spaces outside parentheses, a list item by item. */
export function splitToolRules(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => (typeof item === 'string' ? splitString(item) : []))
  return typeof value === 'string' ? splitString(value) : []
}

/** Takes a rule apart; undefined when it is none (`ruleProblem` says why). */
export function parseRule(rule: string): PermissionRule | undefined {
  const found = RULE.exec(rule.trim())
  if (!found || problemOf(rule.trim(), found) !== null) return undefined
  const content = found[2]?.trim()
  return { tool: found[1] as string, content: content === '' || content === '*' ? undefined : content }
}

/** What is wrong with a rule, as the end of a sentence that starts with the rule; null when nothing is. */
export function ruleProblem(rule: string): string | null {
  const text = rule.trim()
  const found = RULE.exec(text)
  if (!found) return notARule(text)
  return problemOf(text, found) ?? unknownTool(found[1] as string)
}

/**
 * Whether a path rule (`Read(./secret/**)`, `Edit(//etc/**)`, `Read(~/x)`, or the bare tool) covers an absolute path.
 * `for` says which rules count: those for reading (default) or those for writing.
 */
export function matchesPath(
  rule: string,
  path: string,
  cwd: string,
  home: string,
  purpose: 'read' | 'write' = 'read',
): boolean {
  const parsed = parseRule(rule)
  if (!parsed) return false
  // An Edit rule with a path is also about reading it; the bare word is not.
  const tools = purpose === 'write' ? WRITERS : parsed.content === undefined ? new Set(['Read']) : READERS
  if (!tools.has(parsed.tool)) return false
  return parsed.content === undefined || matchesPattern(parsed.content, resolve(cwd, path), cwd, home)
}

/** Whether a rule that forbids covers an absolute path: `Read` rules are for reading, those of the editing tools for writing. */
export function forbidsPath(
  rule: PermissionRule,
  path: string,
  purpose: 'read' | 'write',
  place: { cwd: string; home: string },
): boolean {
  const tools = purpose === 'write' ? WRITERS : READING
  if (!tools.has(rule.tool)) return false
  return rule.content === undefined || matchesPattern(rule.content, path, place.cwd, place.home)
}

/** Whether what a rule covers lies in a folder that is changed or copied as a whole. */
export function forbidsBelow(
  rule: PermissionRule,
  folder: string,
  purpose: 'read' | 'write',
  place: { cwd: string; home: string },
): boolean {
  const tools = purpose === 'write' ? WRITERS : READING
  return tools.has(rule.tool) && rule.content !== undefined && liesBelow(rule.content, folder, place.cwd, place.home)
}

const SERVED = new Set(
  'Bash Edit Write MultiEdit NotebookEdit Read NotebookRead WebFetch WebSearch Agent Task'.split(' '),
)

/** Whether codex has a tool that a rule may cover. */
export function canServe({ tool }: PermissionRule): boolean {
  return SERVED.has(tool) || tool.startsWith('mcp__')
}

function splitString(text: string): string[] {
  const rules: string[] = []
  let rule = ''
  let depth = 0
  for (const char of text) {
    if (char === '(') depth++
    else if (char === ')') depth = Math.max(0, depth - 1)
    if (depth === 0 && (char === ',' || /\s/.test(char))) {
      if (rule !== '') rules.push(rule)
      rule = ''
    } else rule += char
  }
  return rule === '' ? rules : [...rules, rule]
}

function notARule(text: string): string {
  if (text === '') return 'is empty'
  if (text.includes('(') && !text.endsWith(')')) return 'has a parenthesis that is not closed'
  if (!text.includes('(') && text.includes(')')) return 'has a parenthesis that is not opened'
  return 'is no rule: write Tool or Tool(what it may do)'
}

function problemOf(text: string, found: RegExpExecArray): string | null {
  const tool = found[1] as string
  const content = found[2]
  if (tool.endsWith('*') && !tool.startsWith('mcp__')) return 'has a * in the name of a tool'
  if (tool.startsWith('mcp__') && content !== undefined) return 'is for an MCP tool, which takes no parentheses'
  if (tool === 'Bash' && content?.trim() === ':*') return 'has no command in front of :*'
  if (content !== undefined && text.length > 10_000) return 'is too long'
  return null
}

function unknownTool(tool: string): string | null {
  if (KNOWN_TOOLS.has(tool) || tool.startsWith('mcp__')) return null
  const meant = [...KNOWN_TOOLS].find((name) => name.toLowerCase() === tool.toLowerCase())
  return meant ? `names a tool in the wrong case: it is ${meant}` : 'names a tool that is not known'
}
