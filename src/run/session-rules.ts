import { join } from 'node:path'
import { allowedTools, grantableRules } from '../commands/allowed-tools.js'
import { parseSlash } from '../commands/slash-prompt.js'
import { readCodexApprovals } from '../config/codex-approvals.js'
import { limitProblems } from '../config/limit-problems.js'
import { folderTrust, trustFiles } from '../config/trust.js'
import type { RuleKeeper } from '../hooks/codex/bridge/bridge-types.js'
import { codexHome, foldersUpTo, gitRoot, homeFolder, statsOf } from '../paths.js'
import type { PermissionSettings } from '../permissions/read-settings.js'
import { readPermissionSettings } from '../permissions/read-settings.js'
import { type RuleReach, reachOf } from '../permissions/rule-reach.js'
import type { SessionRules } from '../permissions/session-rules.js'
import type { Run } from './feature.js'

/** The permission rules of a run: read before codex starts, applied once the bridge is open. */
export interface RunRules {
  readonly reach: RuleReach
  /** Whether codex is told to ask in `exec`, so that an allow rule can answer. */
  readonly asksInExec: boolean
  /** Folders that codex's sandbox is to let commands write to. */
  readonly directories: readonly string[]
  readonly settings: PermissionSettings
  open(options: OpenRulesOptions): Promise<RuleKeeper>
}

export interface OpenRulesOptions {
  /** Whether every permission request has to be answered. */
  readonly answersAll: boolean
  /** Whether codex was told to ask for every call of this MCP tool. */
  asksForTool(name: string): boolean
}

/**
 * Reads the permission rules of a run; null if no rule, no mode and no command says anything that codex can keep. `hooked`:
 * there are PermissionRequest hooks, which decide in `exec`, too.
 */
export function readRunRules(run: Run, hooked = false): RunRules | null {
  const { env, folder, settings, notices } = run
  const trusted = createTrust(folder, env)
  const read = readPermissionSettings({ cwd: folder, env })
  for (const line of limitProblems(read.problems)) notices.say(line)
  const granted = settings.commands ? grantableRules(folder, env, namedCommand(run), trusted) : []
  const reach = reachOf(read, trusted, granted)
  const directories = read.directories
    .filter(({ path, scope }) => (scope === 'user' || scope === 'managed' || trusted()) && statsOf(path)?.isDirectory())
    .map(({ path }) => path)
  const asksInExec = (reach.allowsOutside || hooked) && mayAskInExec(run)
  if (reach.forbids === null && !reach.allows && directories.length === 0 && !asksInExec) return null
  return {
    reach,
    asksInExec,
    directories,
    settings: read,
    async open({ answersAll, asksForTool }) {
      const [{ createSessionRules }, { codexAsks }] = await Promise.all([
        import('../permissions/session-rules.js'),
        import('../hooks/codex/translate/codex-asks.js'),
      ])
      const rules = createSessionRules({ settings: read, cwd: folder, home: homeFolder(env), trusted })
      offerGrants(run, rules, trusted)
      return keeperOf(
        run,
        rules,
        answersAll,
        async (uses, payload) =>
          run.interactive && (await codexAsks(uses, payload, { ruleFolders: ruleFolders(run), asksForTool })),
      )
    },
  }
}

/** The name of the one command that `codex exec "/name …"` can invoke; null where any may be. */
function namedCommand({ interactive, invocation }: Run): string | null {
  const text = invocation.prompt?.text
  if (interactive || text === undefined || text === '-') return null
  return parseSlash(text)?.name ?? ''
}

/** Whether `exec` may be made to ask: not if the user said never, or said who answers (codex-0.169 section 7.1). */
function mayAskInExec({ interactive, invocation, env, folder }: Run): boolean {
  const [first] = invocation.subcommand
  if (interactive || (first !== 'exec' && first !== 'e') || invocation.subcommand.includes('review')) return false
  const { policy, reviewer } = readCodexApprovals({ invocation, env, cwd: folder, gitRoot: gitRoot(folder) })
  return reviewer === null && (policy === null || policy === 'on-request')
}

function keeperOf(run: Run, rules: SessionRules, answersAll: boolean, asks: RuleKeeper['codexAsks']): RuleKeeper {
  return {
    answersAll,
    codexAsks: asks,
    judge(uses, payload, turnId) {
      try {
        return rules.judge(uses, { cwd: String(payload.cwd ?? run.folder), turnId })
      } catch (error) {
        run.log.error('permissions.judge', { error: String(error), stack: String((error as Error).stack) })
        const reason = `The permission rules could not be applied to this call (${String(error)}), so it is denied.`
        return { verdict: 'deny', rule: null, reason }
      }
    },
  }
}

/** A command's `allowed-tools` count for the turn that it was invoked in; a project's only where its folder is trusted. */
function offerGrants({ offers, folder }: Run, rules: SessionRules, trusted: () => boolean): void {
  offers.grantTools = (command, turnId) => {
    if (command.source !== 'project' || trusted()) rules.grant(allowedTools(command, folder), turnId)
  }
}

/** Where codex keeps the command rules that its user made: the user's own and those of the project. */
function ruleFolders({ env, folder }: Run): string[] {
  const projects = foldersUpTo(folder, gitRoot(folder) ?? folder).map((path) => join(path, '.codex', 'rules'))
  return [join(codexHome(env), 'rules'), ...projects]
}

/** Makes a look at the folder's trust that reads its files only when one of them has changed. */
function createTrust(folder: string, env: NodeJS.ProcessEnv): () => boolean {
  let stamp: string | undefined
  let trusted = false
  return () => {
    const now = trustFiles(env)
      .map((file) => {
        const stats = statsOf(file)
        return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : ''
      })
      .join('\n')
    if (now !== stamp) {
      trusted = folderTrust(folder, gitRoot(folder), env).trusted
      stamp = now
    }
    return trusted
  }
}
