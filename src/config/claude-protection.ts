import { lstatSync, type Stats } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { claudeHome, foldersUpTo, homeFolder, isWithin, realPath, statsOf, xdgFolder } from '../paths.js'
import { type SandboxChoice, type SandboxOptions, sandboxChoice } from './codex-sandbox.js'
import { inlineToml } from './inline-toml.js'
import { asTable, type Table } from './toml-tables.js'

/** How codex's sandbox keeps the model's commands from writing into `.claude` and `.mcp.json`. */
export interface ClaudeProtection {
  /** Why nothing is added, as the end of a sentence; null if the files are protected. */
  readonly why: string | null
  /** The name of the permission profile in force. */
  readonly profile: string | null
  /** `-c` overrides for codex. */
  readonly overrides: readonly string[]
  /** Replacements (`key=value`) for overrides of the user, by index in the user's arguments. */
  readonly replaced: ReadonlyMap<number, string>
  /** Indices of the user's arguments that the profile takes the place of: `-s workspace-write`. */
  readonly dropped: ReadonlySet<number>
}

/** The name of the added permission profile; codex shows it in `/status` and `/permissions`. */
const PROFILE = 'claude-read-only'
/** What a project may run with the user's rights. */
const NAMES = ['.claude', '.mcp.json'] as const
/** Entries of `.claude` that may be links into the workspace: their targets are protected, too. */
const LINKED = ['commands', 'skills', 'hooks', 'modules', 'agents', 'settings.json', 'settings.local.json'] as const

/**
 * Makes `.claude` and `.mcp.json` read-only for the model's sandboxed commands, as codex itself does with `.codex`, if the
 * choice in force is a workspace; any other choice is left as it is (codex-0.169 section 7.2).
 */
export function protectClaude(options: SandboxOptions): ClaudeProtection {
  const { invocation } = options
  const choice = sandboxChoice(options)
  if (choice.kind === 'other') return unprotected(choice.why)
  if (invocation.overrides.some(({ key }) => key === 'permissions' || key.startsWith('permissions.'))) {
    return unprotected('-c permissions is given, which an added profile would replace')
  }
  const rules = fileRules(options, writableFolders(options, choice))
  if (rules === null)
    return unprotected('.claude or .mcp.json is a link to the workspace itself or to a folder above it')
  if (choice.kind === 'profile' && choice.name !== ':workspace') return extended(choice, rules)
  const settings = choice.kind === 'workspace' ? choice.settings : {}
  const profile = { [PROFILE]: { extends: ':workspace', ...networkOf(settings), filesystem: union(settings, rules) } }
  const chosen = `default_permissions=${inlineToml(PROFILE)}`
  // A later `-c` of the user would win over an added one.
  const own = invocation.overrides.filter(({ key }) => key === 'default_permissions')
  return {
    why: null,
    profile: PROFILE,
    overrides: [`permissions=${inlineToml(profile)}`, chosen],
    replaced: new Map(own.map(({ index }) => [index, chosen])),
    dropped: new Set(invocation.sandboxFlags.flatMap(({ indices }) => indices)),
  }
}

/** Returns a protection that adds nothing. */
export function unprotected(why: string): ClaudeProtection {
  return { why, profile: null, overrides: [], replaced: new Map(), dropped: new Set() }
}

/** The rules for files that are added: relative to each workspace root, and absolute. */
interface FileRules {
  readonly relative: Table
  readonly absolute: Table
}

/** Adds the rules to the user's own profile; what it says itself about one of the files stays. */
function extended({ name, profiles }: Extract<SandboxChoice, { kind: 'profile' }>, rules: FileRules): ClaudeProtection {
  const own = inherited(name, profiles)
  const roots = own[':workspace_roots']
  const kept = typeof roots === 'string' ? { '.': roots } : {}
  const added = {
    ':workspace_roots': { ...kept, ...without(rules.relative, asTable(roots)) },
    ...without(rules.absolute, own),
  }
  const overrides = [`permissions=${inlineToml({ [name]: { filesystem: added } })}`]
  return { why: null, profile: name, overrides, replaced: new Map(), dropped: new Set() }
}

/** Returns the file rules of a profile with those it extends; of each key the nearest. */
function inherited(name: string, profiles: Table, seen: ReadonlySet<string> = new Set()): Table {
  const { extends: parent, filesystem } = asTable(profiles[name])
  const above =
    typeof parent === 'string' && !seen.has(parent) ? inherited(parent, profiles, new Set([...seen, name])) : {}
  return { ...above, ...asTable(filesystem) }
}

function without(rules: Table, own: Table): Table {
  return Object.fromEntries(Object.entries(rules).filter(([path]) => !(path in own)))
}

function networkOf({ network_access }: Table): Table {
  return network_access === true ? { network: { enabled: true } } : {}
}

/** A profile takes the place of the legacy settings of the workspace, so it repeats them. */
function union(settings: Table, { relative: roots, absolute }: FileRules): Table {
  return {
    ':workspace_roots': roots,
    ...Object.fromEntries(writableRoots(settings).map((root) => [root, 'write'])),
    ...(settings.exclude_slash_tmp === true && { ':slash_tmp': 'read' }),
    ...(settings.exclude_tmpdir_env_var === true && { ':tmpdir': 'read' }),
    ...absolute,
  }
}

function writableRoots({ writable_roots: roots }: Table): string[] {
  return Array.isArray(roots) ? (roots as unknown[]).filter((root) => typeof root === 'string') : []
}

/** The folders in which the model's commands may write. */
interface WritableFolders {
  /** codex's workspace roots. */
  readonly workspace: readonly string[]
  /** Folders that a setting adds. */
  readonly added: readonly string[]
  readonly temporary: readonly string[]
}

function writableFolders({ invocation, cwd, env }: SandboxOptions, choice: SandboxChoice): WritableFolders {
  const settings = choice.kind === 'workspace' ? choice.settings : {}
  const own = choice.kind === 'profile' ? inherited(choice.name, choice.profiles) : {}
  const granted = Object.entries(own).flatMap(([path, access]) =>
    isAbsolute(path) && access === 'write' ? [path] : [],
  )
  return {
    workspace: [cwd, ...invocation.addedFolders.map((folder) => resolve(cwd, folder))],
    added: [...writableRoots(settings), ...granted],
    temporary: ['/tmp', ...(env.TMPDIR ? [env.TMPDIR] : [])],
  }
}

/** Returns the rules for all writable folders; null if protecting a link would make a whole workspace read-only. */
function fileRules(options: SandboxOptions, { workspace, added, temporary }: WritableFolders): FileRules | null {
  const targets = [...workspace, ...added].map(targetsIn)
  if (targets.some((found) => found === null)) return null
  // A rule that is relative to all roots fails where the file is a link: codex refuses to run any command then.
  const linked = workspace.some((root) => namesIn(root).some(isLink))
  const writable = [...workspace, ...added, ...temporary].map(realPath)
  const isWritable = (path: string): boolean => writable.some((root) => isWithin(path, root))
  const files = [
    ...(linked ? workspace : []).flatMap(namesIn),
    ...[...added, ...foldersAbove(options).filter(isWritable)].flatMap(namesIn),
    ...temporary.flatMap(namesIn).filter((path) => entryOf(path) !== undefined),
    ...usersFiles(options.env).filter(isWritable),
  ]
  const absolute = [...targets.flatMap((found) => found ?? []), ...files.filter((path) => !isLink(path))]
  return {
    relative: linked ? {} : Object.fromEntries(NAMES.map((name) => [name, 'read'])),
    absolute: Object.fromEntries([...new Set(absolute)].map((path) => [path, 'read'])),
  }
}

function namesIn(root: string): string[] {
  return NAMES.map((name) => join(root, name))
}

/** The folders above the working directory whose commands and servers a session reads, without the shared `/tmp`. */
function foldersAbove({ cwd, gitRoot }: SandboxOptions): string[] {
  return foldersUpTo(realPath(cwd), gitRoot === null ? null : realPath(gitRoot))
    .slice(1)
    .filter((folder) => folder !== realPath('/tmp'))
}

/** Returns the targets inside a workspace root of the links that lead to its `.claude`, parts of it, and `.mcp.json`. */
function targetsIn(root: string): string[] | null {
  const real = realPath(root)
  const links = [...NAMES, ...LINKED.map((name) => join('.claude', name))]
    .map((name) => join(root, name))
    .filter(isLink)
  const targets = links.map(realPath).filter((target) => statsOf(target) !== undefined)
  if (targets.some((target) => isWithin(real, target))) return null
  return targets.filter((target) => isWithin(target, real) && !isWithin(target, join(real, '.claude')))
}

/** The user's own files that say what runs and which folders are trusted; they matter if the workspace is the home folder. */
function usersFiles(env: NodeJS.ProcessEnv): string[] {
  const folders = (['config', 'state', 'cache'] as const).map((kind) => xdgFolder(kind, env))
  return [claudeHome(env), join(homeFolder(env), '.claude.json'), ...folders]
    .map(realPath)
    .filter((path) => entryOf(path) !== undefined)
}

function isLink(path: string): boolean {
  return entryOf(path)?.isSymbolicLink() === true
}

function entryOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}
