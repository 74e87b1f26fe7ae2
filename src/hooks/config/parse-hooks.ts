import { GUARD_EVENTS } from '../../commands/guard-hooks.js'
import { isObject } from '../../json.js'
import { matcherProblem } from '../select/matcher.js'
import { eventRule } from './event-table.js'
import type { Hook, HookAction, HookSource } from './hook.js'

/** A problem in a `hooks` value: the key path to it, and a message that completes the sentence "<key> ...". */
export interface HookProblem {
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

type Values = Readonly<Record<string, unknown>>
type Path = ReadonlyArray<string | number>
type Complain = (path: Path, message: string) => void

/**
 * Reads the value of a `hooks` key. Reports invalid entries, skips them and keeps the others; an invalid PreToolUse,
 * PermissionRequest or PreSkillShellCommand entry switches all hooks of the file off (claude-code-2.1 section 2).
 */
export function parseHooks(value: unknown, source: HookSource): { hooks: Hook[]; problems: HookProblem[] } {
  const problems: HookProblem[] = []
  const complain: Complain = (path, message) => problems.push({ path: ['hooks', ...path], message })
  if (value === undefined) return { hooks: [], problems }
  if (!isObject(value)) {
    complain([], 'is not an object; write {"EVENT": [{"matcher": "...", "hooks": [...]}]}')
    return { hooks: [], problems }
  }
  const broken = new Set<string>()
  const hooks = Object.entries(value).flatMap(([event, groups]) => {
    const voids: Complain = (path, message) => {
      broken.add(event)
      complain(path, message)
    }
    if (Array.isArray(groups)) {
      return (groups as unknown[]).flatMap((group, at) =>
        defineGroup(event, group, [event, at], source, complain, voids),
      )
    }
    voids([event], 'is not a list; write [{"matcher": "...", "hooks": [...]}]')
    return []
  })
  const guard = [...GUARD_EVENTS].find((event) => broken.has(event))
  if (guard === undefined) return { hooks, problems }
  complain([guard], 'cannot be read, so none of the hooks of this file run, as in Claude Code')
  return { hooks: [], problems }
}

/** `complain` takes what is odd, `voids` what makes an entry unreadable. */
function defineGroup(
  event: string,
  group: unknown,
  path: Path,
  source: HookSource,
  complain: Complain,
  voids: Complain,
): Hook[] {
  if (!isObject(group)) {
    voids(path, 'is not an object')
    return []
  }
  const { matcher = '', hooks } = group
  if (!Array.isArray(hooks)) {
    const flat = typeof group.type === 'string'
    voids(path, flat ? 'is not inside a list of hooks; write {"hooks": [{...}]}' : 'has no list `hooks`')
    return []
  }
  if (typeof matcher !== 'string') {
    voids([...path, 'matcher'], 'is not a string')
    return []
  }
  const problem = eventRule(event).field === null ? null : matcherProblem(matcher)
  if (problem !== null) complain([...path, 'matcher'], `matches nothing: ${problem}`)
  return (hooks as unknown[]).flatMap((entry, at) => {
    const hook = defineHook(entry, [...path, 'hooks', at], complain, voids)
    return hook === null ? [] : [{ event, matcher, source, ...hook }]
  })
}

function defineHook(
  entry: unknown,
  path: Path,
  complain: Complain,
  voids: Complain,
): Omit<Hook, 'event' | 'matcher' | 'source'> | null {
  if (!isObject(entry)) {
    voids(path, 'is not an object')
    return null
  }
  const action = defineAction(entry)
  if (typeof action === 'string') {
    // An agent hook is fine for Claude Code; it only does not run here.
    const unreadable = entry.type === 'agent' ? complain : voids
    unreadable(path, action)
    return null
  }
  const { timeout, if: condition } = entry
  const timed = typeof timeout === 'number' && Number.isFinite(timeout) && timeout > 0
  if (timeout !== undefined && !timed) {
    complain([...path, 'timeout'], 'is not a number of seconds above 0; the default timeout is used')
  }
  if (condition !== undefined && typeof condition !== 'string') {
    voids([...path, 'if'], 'is not a string with a permission rule; the hook does not run')
    return null
  }
  return {
    action,
    condition: condition ?? '',
    // Node's timers wait at most 2^31 - 1 ms.
    timeoutMs: timed ? Math.min(timeout * 1000, 2 ** 31 - 1) : null,
    once: entry.once === true,
  }
}

/** Returns the action of a hook entry, or the problem message if the entry is invalid. */
function defineAction(entry: Values): HookAction | string {
  const { type } = entry
  if (type === 'command') return commandAction(entry)
  if (type === 'http') return httpAction(entry)
  if (type === 'prompt') {
    if (!isText(entry.prompt)) return 'has no prompt'
    return { type, prompt: entry.prompt, model: isText(entry.model) ? entry.model : null }
  }
  if (type === 'mcp_tool') {
    const { server, tool, input = {} } = entry
    if (!isText(server) || !isText(tool)) return 'needs a server and a tool'
    return isObject(input) ? { type, server, tool, input } : 'has an input that is not an object'
  }
  if (type === 'agent') return 'is of type agent, which only Claude Code supports; write a prompt hook instead'
  if (type === undefined) return 'has no type; write "type": "command"'
  return `is of type ${JSON.stringify(type)}, which is not known; there are command, http, prompt and mcp_tool`
}

function commandAction({ command, args, shell, async: runsAsync }: Values): HookAction | string {
  if (!isText(command)) return 'has no command'
  if (args !== undefined && !isTexts(args)) return 'has args that are not a list of strings'
  if (shell !== undefined && shell !== 'bash') return `has the shell ${JSON.stringify(shell)}; only "bash" is supported`
  return {
    type: 'command',
    command,
    args: args ?? null,
    shell: shell === 'bash' ? 'bash' : '/bin/sh',
    async: runsAsync === true,
  }
}

function httpAction({ url, headers = {}, allowedEnvVars = [] }: Values): HookAction | string {
  if (!isText(url) || !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    return 'has no http(s) URL'
  }
  if (!isObject(headers) || !isTexts(Object.values(headers))) return 'has headers that are not strings'
  if (!isTexts(allowedEnvVars)) return 'has allowedEnvVars that are not a list of strings'
  return { type: 'http', url, headers: headers as Readonly<Record<string, string>>, allowedEnvVars }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
