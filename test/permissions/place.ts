import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judgeCall, type ToolCall } from '../../src/permissions/judge-call.js'
import type { Decision, Judgement } from '../../src/permissions/judgement.js'
import { createPolicy, type Policy } from '../../src/permissions/policy.js'
import type { LocatedRule, PermissionMode } from '../../src/permissions/read-settings.js'

/** Rules by their kind, as a test writes them. */
export interface Rules {
  readonly deny?: readonly string[]
  readonly ask?: readonly string[]
  readonly allow?: readonly string[]
  readonly mode?: PermissionMode
  readonly directories?: readonly string[]
}

/** A project on disk that rules about files are tried in. */
export interface JudgedPlace {
  readonly root: string
  readonly cwd: string
  readonly home: string
  policy(rules: Rules): Policy
  judge(rules: Rules, call: ToolCall | string, cwd?: string): Judgement
  /** The decision about a shell command, or a tool's call. */
  verdict(rules: Rules, call: ToolCall | string): Decision
  remove(): void
}

/** Sets up a project with a vault, a secret, and links that lead out of it. */
export function makeJudgedPlace(): JudgedPlace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'judged-')))
  const [cwd, home] = [join(root, 'project'), join(root, 'home')]
  for (const folder of ['project/vault/deep', 'project/sub', 'project/.git', 'home/.ssh', 'out']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  for (const file of ['vault/x', 'vault/deep/y', '.env', 'a.txt', 'b.txt', 'sub/c.txt'])
    writeFileSync(join(cwd, file), 'x')
  writeFileSync(join(home, '.ssh/id'), 'x')
  symlinkSync('vault', join(cwd, 'link'))
  symlinkSync('.env', join(cwd, 'alias'))
  symlinkSync(join(root, 'out'), join(cwd, 'away'))
  const located = (rules: readonly string[] = [], kind: LocatedRule['kind']): LocatedRule[] =>
    rules.map((rule, at) => ({ rule, kind, scope: 'project', file: 'settings.json', line: at + 1 }))
  const policy = ({ deny, ask, allow, mode = 'default', directories = [] }: Rules): Policy =>
    createPolicy({
      settings: {
        rules: [...located(deny, 'deny'), ...located(ask, 'ask'), ...located(allow, 'allow')],
        modes: [{ mode, scope: 'user', file: 'settings.json', line: 1 }],
        directories: directories.map((path) => ({ path, scope: 'user' })),
        managedOnly: false,
        noBypass: false,
        problems: [],
      },
      trusted: true,
      cwd,
      home,
    })
  const judge: JudgedPlace['judge'] = (rules, call, from = cwd) =>
    judgeCall(typeof call === 'string' ? { name: 'Bash', input: { command: call } } : call, from, policy(rules))
  return {
    root,
    cwd,
    home,
    policy,
    judge,
    verdict: (rules, call) => judge(rules, call).verdict,
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
