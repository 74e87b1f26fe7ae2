import { join } from 'node:path'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import { codexHome, foldersUpTo } from '../paths.js'
import { parseTomlValue, readToml } from './toml.js'

/** What the user said about approvals: whether codex may ask, and who answers. */
export interface CodexApprovals {
  /** `never` and other values of `approval_policy`; null where nobody set it. */
  readonly policy: string | null
  /** Who was named to answer (`approvals_reviewer`); null where nobody was. */
  readonly reviewer: string | null
}

export interface CodexApprovalsOptions {
  readonly invocation: CodexInvocation
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly gitRoot: string | null
  /** `/etc/codex`; tests use another folder. */
  readonly systemFolder?: string
}

const KEYS = ['approval_policy', 'approvals_reviewer'] as const
const FLAGS: ReadonlySet<string> = new Set(['-a', '--ask-for-approval'])
/** Flags that decide about approvals without a value: the user's choice stands. */
const DECIDING: ReadonlySet<string> = new Set([
  '--dangerously-bypass-approvals-and-sandbox',
  '--yolo',
  '--full-auto',
  '--approve-for-me',
])

/** Reads the layers of codex's configuration and its command line, weakest first (codex-0.169 sections 1.1 and 7.1). */
export function readCodexApprovals(options: CodexApprovalsOptions): CodexApprovals {
  const { invocation, env, cwd, gitRoot } = options
  const home = codexHome(env)
  const etc = options.systemFolder ?? '/etc/codex'
  const user = invocation.ignoreUserConfig
    ? []
    : ['config.toml', ...(profileFile(invocation) ?? [])].map((name) => join(home, name))
  const projects = foldersUpTo(cwd, gitRoot ?? cwd).map((folder) => join(folder, '.codex', 'config.toml'))
  const files = [join(etc, 'config.toml'), ...user, ...projects.reverse()]
  const values = files.flatMap((file) => {
    const read = readToml(file, KEYS)
    return read !== null && 'values' in read ? [read.values] : []
  })
  const given = invocation.overrides.map(({ key, value }) => ({ [key]: parseTomlValue(value) }))
  const managed = readToml(join(etc, 'managed_config.toml'), KEYS)
  const layers = [...values, ...given, ...(managed !== null && 'values' in managed ? [managed.values] : [])]
  const strongest = (key: (typeof KEYS)[number]): unknown => layers.findLast((layer) => layer[key] !== undefined)?.[key]
  const flag = flagPolicy(invocation.forwarded)
  return {
    policy: flag ?? wordOf(strongest('approval_policy')),
    reviewer: wordOf(strongest('approvals_reviewer')),
  }
}

/** The policy that a flag sets; the last one counts. */
function flagPolicy(args: readonly string[]): string | null {
  let policy: string | null = null
  for (const [at, arg] of args.entries()) {
    if (arg === '--') break
    if (DECIDING.has(arg)) policy = 'never'
    else if (FLAGS.has(arg)) policy = args[at + 1] ?? null
    else {
      const [, value] = /^(?:--ask-for-approval=|-a=?)(.+)$/.exec(arg) ?? []
      policy = value ?? policy
    }
  }
  return policy
}

function profileFile({ profile }: CodexInvocation): string[] | null {
  return profile !== null && /^[\w.-]+$/.test(profile) ? [`${profile}.config.toml`] : null
}

/** A table (`{granular={…}}`) is a choice of the user's, too. */
function wordOf(value: unknown): string | null {
  if (value === undefined || value === '') return null
  return typeof value === 'string' ? value : 'granular'
}
