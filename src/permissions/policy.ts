import { followPath } from './follow-path.js'
import type { LocatedRule, PermissionMode, PermissionSettings } from './read-settings.js'

/** Where the paths of rules start, and the home folder of their `~`. */
export interface RuleContext {
  readonly cwd: string
  readonly home: string
}

/** The rules that hold for the model's calls. */
export interface Policy extends RuleContext {
  readonly allow: readonly LocatedRule[]
  readonly ask: readonly LocatedRule[]
  readonly deny: readonly LocatedRule[]
  readonly mode: PermissionMode
  /** The folders in which files may be changed without a rule of their own: the project and the added ones. */
  readonly directories: readonly string[]
}

export interface PolicyOptions extends RuleContext {
  readonly settings: PermissionSettings
  /** Whether what a project's files allow counts. */
  readonly trusted: boolean
  /** Rules that count for a turn besides: a command's `allowed-tools`. */
  readonly granted?: readonly LocatedRule[]
}

/** Joins the rules of all scopes: what a project that is not trusted allows does not count, what it forbids does. */
export function createPolicy({ settings, trusted, granted = [], cwd, home }: PolicyOptions): Policy {
  const counts = (rule: LocatedRule): boolean =>
    rule.kind !== 'allow' || whyNotCounted(rule, settings, trusted) === null
  const rules = settings.rules.filter(counts)
  const of = (kind: LocatedRule['kind']): LocatedRule[] => rules.filter((rule) => rule.kind === kind)
  return {
    cwd,
    home,
    allow: [...granted, ...of('allow')],
    ask: of('ask'),
    deny: of('deny'),
    mode: modeOf(settings, trusted).mode,
    directories: [
      cwd,
      ...settings.directories.filter(({ scope }) => trusted || !isProjects(scope)).map(({ path }) => path),
    ],
  }
}

/** Why an allow rule does not count; null where it does. */
export function whyNotCounted(rule: LocatedRule, settings: PermissionSettings, trusted: boolean): string | null {
  if (rule.kind !== 'allow') return null
  if (isProjects(rule.scope) && !trusted) return 'the folder is not trusted; run `codex-plus plus trust`'
  if (settings.managedOnly && rule.scope !== 'managed') {
    return 'allowManagedPermissionRulesOnly is set, so that only managed settings allow something'
  }
  return null
}

/** The mode that counts, and the setting it comes from: the strongest file that sets one, if it may. */
export function modeOf(
  settings: PermissionSettings,
  trusted: boolean,
): { mode: PermissionMode; at: PermissionSettings['modes'][number] | null } {
  const at = settings.modes.findLast(({ mode, scope }) => {
    if (mode === 'bypassPermissions') return !isProjects(scope) && !settings.noBypass
    // A project that is not trusted may only tighten.
    return !isProjects(scope) || trusted || mode === 'plan' || mode === 'dontAsk'
  })
  return { mode: at?.mode ?? 'default', at: at ?? null }
}

/** The places that a rule's paths are held against: as they are written, and with their links followed. */
export function ruleContexts({ cwd, home }: RuleContext): RuleContext[] {
  const real = { cwd: followPath('/', cwd), home: followPath('/', home) }
  return real.cwd === cwd && real.home === home ? [real] : [{ cwd, home }, real]
}

/** Whether a project's files allow something, so that its trust matters. */
export function loosens({ rules, modes, directories }: PermissionSettings): boolean {
  return (
    rules.some(({ kind, scope }) => kind === 'allow' && isProjects(scope)) ||
    [...modes, ...directories].some(({ scope }) => isProjects(scope))
  )
}

function isProjects(scope: LocatedRule['scope']): boolean {
  return scope === 'project' || scope === 'local'
}
