import { join } from 'node:path'
import { allowedTools, grantableRules } from '../commands/allowed-tools.js'
import { parseSlash } from '../commands/slash-prompt.js'
import { readCodexApprovals } from '../config/codex-approvals.js'
import { limitProblems } from '../config/limit-problems.js'
import { watchTrust } from '../config/trust.js'
import type { RuleKeeper } from '../hooks/codex/bridge/bridge-types.js'
import { eventFolder } from '../hooks/codex/bridge/event-folder.js'
import { codexHome, foldersUpTo, gitRoot, homeFolder, statsOf } from '../paths.js'
import type { PermissionSettings } from '../permissions/read-settings.js'
import { readPermissionSettings } from '../permissions/read-settings.js'
import { type RuleReach, reachOf } from '../permissions/rule-reach.js'
import type { SessionRules } from '../permissions/session-rules.js'
import { byFolder } from './by-folder.js'
import type { Run } from './feature.js'

/** The permission rules of a run: those of each folder are read when the folder is first needed. */
export interface RunRules {
  of(folder: string): FolderRules
  /** Whether codex is told to ask in `exec`, so that an allow rule of the folder it starts in can answer. */
  readonly asksInExec: boolean
  /** Connects the rules to codex's events, which come once the bridge is open. */
  open(options: OpenRulesOptions): Promise<RuleKeeper>
}

/** The permission rules of one folder, as its files were when the session began to use it, or at the last `/reload`. */
export interface FolderRules {
  readonly settings: PermissionSettings
  readonly reach: RuleReach
  /** Folders that codex's sandbox is to let commands write to. */
  readonly directories: readonly string[]
  readonly trusted: () => boolean
}

export interface OpenRulesOptions {
  /** Whether every permission request has to be answered. */
  readonly answersAll: boolean
  /** Whether codex was told to ask for every call of this MCP tool. */
  asksForTool(name: string): boolean
}

/** Reads the permission rules of the folder that codex starts in, and those of other folders when a thread gets there. */
export function openRunRules(run: Run): RunRules {
  // `/reload` makes changed files count.
  const { generation } = run.snapshot
  const { of } = byFolder((folder) => readFolderRules(folder, run), generation)
  return {
    of,
    asksInExec: of(run.folder).reach.allowsOutside && mayAskInExec(run),
    async open({ answersAll, asksForTool }) {
      const [{ createSessionRules }, { codexAsks }] = await Promise.all([
        import('../permissions/session-rules.js'),
        import('../hooks/codex/translate/codex-asks.js'),
      ])
      const home = homeFolder(run.env)
      const rules = byFolder((folder) => {
        const { settings, trusted } = of(folder)
        return createSessionRules({ settings, cwd: folder, home, trusted })
      }, generation)
      offerGrants(run, (folder) => ({ rules: rules.of(folder), trusted: of(folder).trusted }))
      return keeperOf(run, rules.of, answersAll, async (uses, payload) => {
        if (!run.interactive) return false
        const folder = eventFolder(payload, run.folders)
        return await codexAsks(uses, payload, { ruleFolders: ruleFolders(folder, run), asksForTool })
      })
    },
  }
}

/** Whether rules say anything that codex has to ask about, or be told, for them to hold. */
export function saysAnything({ reach, directories }: FolderRules): boolean {
  return reach.forbids.length > 0 || reach.allows || directories.length > 0
}

function readFolderRules(folder: string, run: Run): FolderRules {
  const { env, settings, snapshot, notices } = run
  run.confirmedOf(folder)
  const trusted = watchTrust(folder, gitRoot(folder), env)
  const trustedSoon = (): boolean => (folder === run.folder && run.grantsTrust) || trusted()
  const read = readPermissionSettings({ cwd: folder, env, read: snapshot.read })
  for (const line of limitProblems(read.problems)) notices.say(line)
  // What commands may allow matters only before codex starts.
  const granted =
    settings.commands && folder === run.folder ? grantableRules(folder, env, namedCommand(run), trustedSoon) : []
  const directories = read.directories
    .filter(
      ({ path, scope }) => (scope === 'user' || scope === 'managed' || trustedSoon()) && statsOf(path)?.isDirectory(),
    )
    .map(({ path }) => path)
  return { settings: read, reach: reachOf(read, trustedSoon, granted), directories, trusted }
}

/** The name of the one command that `codex exec "/name …"` can invoke; null where any may be. */
function namedCommand({ interactive, serves, invocation }: Run): string | null {
  const text = invocation.prompt?.text
  if (interactive || serves || text === undefined || text === '-') return null
  return parseSlash(text)?.name ?? ''
}

/** Whether `exec` may be made to ask: not if the user said never, or said who answers (codex-0.169 section 7.1). */
function mayAskInExec({ interactive, invocation, env, folder }: Run): boolean {
  const [first] = invocation.subcommand
  if (interactive || (first !== 'exec' && first !== 'e') || invocation.subcommand.includes('review')) return false
  const { policy, reviewer } = readCodexApprovals({ invocation, env, cwd: folder, gitRoot: gitRoot(folder) })
  return reviewer === null && (policy === null || policy === 'on-request')
}

function keeperOf(
  { folders, log }: Run,
  rulesOf: (folder: string) => SessionRules,
  answersAll: boolean,
  asks: RuleKeeper['codexAsks'],
): RuleKeeper {
  return {
    answersAll,
    codexAsks: asks,
    judge(uses, payload, turnId) {
      try {
        const folder = eventFolder(payload, folders)
        return rulesOf(folder).judge(uses, { cwd: String(payload.cwd ?? folder), turnId })
      } catch (error) {
        log.error('permissions.judge', { error: String(error), stack: String((error as Error).stack) })
        const reason = `The permission rules could not be applied to this call (${String(error)}), so it is denied.`
        return { verdict: 'deny', rule: null, reason }
      }
    },
  }
}

/** A command's `allowed-tools` count for the turn that it was invoked in; a project's only where its folder is trusted. */
function offerGrants(
  { offers }: Run,
  of: (folder: string) => { readonly rules: SessionRules; readonly trusted: () => boolean },
): void {
  offers.grantTools = (command, turnId, folder) => {
    const { rules, trusted } = of(folder)
    if (command.source !== 'project' || trusted()) rules.grant(allowedTools(command, folder), turnId)
  }
}

/** Where codex keeps the command rules that its user made: the user's own and those of the project. */
function ruleFolders(folder: string, { env }: Run): string[] {
  const projects = foldersUpTo(folder, gitRoot(folder) ?? folder).map((path) => join(path, '.codex', 'rules'))
  return [join(codexHome(env), 'rules'), ...projects]
}
