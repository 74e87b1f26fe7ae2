import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import { codexHome, foldersUpTo, realPath } from '../paths.js'
import { readToml } from './toml.js'
import { asTable, mergeTables, type Table, tableOfOverrides } from './toml-tables.js'

/** What decides how codex sandboxes the commands of the model (codex-0.169 section 7.2). */
export type SandboxChoice =
  /** codex's workspace: the user's legacy settings for it, `sandbox_workspace_write`, are in force. */
  | { readonly kind: 'workspace'; readonly settings: Table }
  /** A named permission profile of the user, as it is defined in all layers; `:workspace` has no definition. */
  | { readonly kind: 'profile'; readonly name: string; readonly profiles: Table }
  /** Anything else, with the reason as the end of the sentence "codex's sandbox is left as it is: …". */
  | { readonly kind: 'other'; readonly why: string }

export interface SandboxOptions {
  readonly invocation: CodexInvocation
  readonly env: NodeJS.ProcessEnv
  /** The working directory of codex. */
  readonly cwd: string
  readonly gitRoot: string | null
  /** `/etc/codex`; tests use another folder. */
  readonly systemFolder?: string
}

const BYPASSES = ['--dangerously-bypass-approvals-and-sandbox', '--yolo']
/** Words without which a file says nothing about the sandbox. */
const WORDS = ['sandbox', 'permission', 'projects']

/** Finds the sandbox choice in force: of the flags, or of the strongest layer of codex's configuration that makes one. */
export function sandboxChoice(options: SandboxOptions): SandboxChoice {
  const { invocation } = options
  const managed = managedProblem(options.systemFolder ?? '/etc/codex')
  if (managed !== null) return { kind: 'other', why: managed }
  const bypass = BYPASSES.find((flag) => invocation.flags.has(flag))
  if (bypass !== undefined) return { kind: 'other', why: `${bypass} switches it off` }
  const layers = readLayers(options)
  const all = layers.reduce(mergeTables, {})
  const workspace: SandboxChoice = { kind: 'workspace', settings: asTable(all.sandbox_workspace_write) }
  if (invocation.flags.has('--approve-for-me')) return workspace
  const flag = invocation.sandboxFlags.at(-1)?.mode
  if (flag !== undefined) return ofMode(flag, workspace, `-s ${flag}`)
  for (const { default_permissions: name, sandbox_mode: mode } of layers.toReversed()) {
    // Of one layer, the profile counts.
    if (typeof name === 'string') return ofProfile(name, all)
    if (typeof mode === 'string') return ofMode(mode, workspace, `sandbox_mode is ${mode}`)
  }
  return withoutChoice(options, all, workspace)
}

function ofMode(mode: string, workspace: SandboxChoice, what: string): SandboxChoice {
  return mode === 'workspace-write' ? workspace : { kind: 'other', why: what }
}

function ofProfile(name: string, all: Table): SandboxChoice {
  const profiles = asTable(all.permissions)
  if (name === ':workspace' || (!name.startsWith(':') && name in profiles)) return { kind: 'profile', name, profiles }
  return { kind: 'other', why: `default_permissions is ${name}` }
}

/** Nothing is chosen: codex takes the workspace in a folder that its configuration knows, else `exec` only reads. */
function withoutChoice(options: SandboxOptions, all: Table, workspace: SandboxChoice): SandboxChoice {
  const { invocation, cwd, gitRoot } = options
  const [first = ''] = invocation.subcommand
  if (first === 'app-server') return { kind: 'other', why: 'each thread of an app-server chooses it' }
  const isBatch = first === 'exec' || first === 'e' || first === 'review'
  if (!isBatch || invocation.flags.has('--trust')) return workspace
  const projects = asTable(all.projects)
  const folders = [cwd, gitRoot ?? cwd, mainCheckout(gitRoot) ?? cwd].flatMap((folder) => [folder, realPath(folder)])
  const known = folders.some((folder) => typeof asTable(projects[folder]).trust_level === 'string')
  return known ? workspace : { kind: 'other', why: 'codex does not know this folder, so it is read-only' }
}

/** Returns codex's layers, weakest first: system, user, profile, the project's (if codex trusts it), command line. */
function readLayers({ invocation, env, cwd, gitRoot, systemFolder = '/etc/codex' }: SandboxOptions): Table[] {
  const home = codexHome(env)
  const read = (file: string): Table[] => {
    const found = readToml(file, WORDS)
    return found !== null && 'values' in found ? [found.values] : []
  }
  const own = [
    ...read(join(systemFolder, 'config.toml')),
    ...(invocation.ignoreUserConfig ? [] : read(join(home, 'config.toml'))),
    ...(!invocation.ignoreUserConfig && invocation.profile !== null && /^[\w.-]+$/.test(invocation.profile)
      ? read(join(home, `${invocation.profile}.config.toml`))
      : []),
  ]
  const flags = tableOfOverrides(invocation.overrides)
  const projects = asTable([...own, flags].reduce(mergeTables, {}).projects)
  const folders = [cwd, gitRoot ?? cwd, mainCheckout(gitRoot) ?? cwd]
  const trusted = folders.some((folder) => asTable(projects[folder]).trust_level === 'trusted')
  const ofProject = foldersUpTo(cwd, gitRoot ?? cwd)
    .toReversed()
    .filter((folder) => join(folder, '.codex') !== resolve(home))
    .flatMap((folder) => read(join(folder, '.codex', 'config.toml')))
  return [...own, ...(trusted ? ofProject : []), flags]
}

/** An administrator's file counts over what codex-plus could add. Returns the reason to leave the sandbox as it is, or null. */
function managedProblem(folder: string): string | null {
  for (const name of ['managed_config.toml', 'requirements.toml']) {
    const file = join(folder, name)
    const read = readToml(file, ['sandbox', 'permission'])
    if (read === null) continue
    if ('problem' in read) return `${file} cannot be read`
    if (Object.keys(read.values).some((key) => /sandbox|permission/.test(key))) return `${file} decides about it`
  }
  return null
}

/** Returns the checkout that a git worktree belongs to, whose trust counts for codex; null for anything else. */
function mainCheckout(gitRoot: string | null): string | null {
  if (gitRoot === null) return null
  try {
    const [, folder] =
      /^gitdir: (.+)[/\\]\.git[/\\]worktrees[/\\][^/\\]+\s*$/.exec(readFileSync(join(gitRoot, '.git'), 'utf8')) ?? []
    return folder ?? null
  } catch {
    return null
  }
}
