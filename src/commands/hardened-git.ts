import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { gitRoot, isWithin, realPath } from '../paths.js'

/**
 * Settings of git that name programs or change where it looks, each with a harmless value; they count over those of the
 * repository. codex runs git the same way (`-c core.hooksPath=/dev/null -c safe.bareRepository=explicit`, seen on 0.169).
 */
const SETTINGS: ReadonlyArray<readonly [key: string, value: string]> = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.editor', 'true'],
  ['core.askPass', ''],
  ['core.sshCommand', 'ssh'],
  ['core.alternateRefsCommand', ''],
  ['credential.helper', ''],
  ['sequence.editor', 'true'],
  ['interactive.diffFilter', 'cat'],
  ['log.showSignature', 'false'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['protocol.ext.allow', 'never'],
  ['safe.bareRepository', 'explicit'],
  // A submodule has a configuration of its own.
  ['submodule.recurse', 'false'],
  ['diff.ignoreSubmodules', 'all'],
  ['status.submoduleSummary', 'false'],
  ['blame.ignoreRevsFile', ''],
]

/** Settings with names of the repository's choice, which can only be looked for: drivers, filters, aliases and others. */
const NAMES_PROGRAM = new RegExp(
  [
    String.raw`^diff\.(.+\.)?(external|command|textconv)$`,
    String.raw`^filter\.`,
    String.raw`^merge\..+\.driver$`,
    String.raw`^alias\.`,
    String.raw`^hook\.`,
    String.raw`^gpg\.(.+\.)?(program|defaultkeycommand)$`,
    String.raw`^credential\..+\.helper$`,
    String.raw`^core\.gitproxy$`,
    String.raw`^remote\..+\.(uploadpack|receivepack|vcs)$`,
    String.raw`^trailer\..+\.(command|cmd)$`,
    String.raw`^(difftool|mergetool|guitool|browser|man|web)\..+\.(cmd|path)$`,
    String.raw`^pager\.`,
  ].join('|'),
)

/** Returns the environment in which git runs no program of a folder that is not trusted, and no other program comes from it. */
export function hardenedEnvironment(env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const first = Number.parseInt(env.GIT_CONFIG_COUNT ?? '', 10) || 0
  const settings = SETTINGS.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${first + at}`, key],
    [`GIT_CONFIG_VALUE_${first + at}`, value],
  ])
  const root = realPath(gitRoot(folder) ?? folder)
  const path = (env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => isAbsolute(entry) && !isWithin(realPath(entry), root))
  return {
    ...env,
    ...Object.fromEntries(settings),
    GIT_CONFIG_COUNT: String(first + SETTINGS.length),
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'true',
    GIT_SEQUENCE_EDITOR: 'true',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    PATH: path.join(delimiter),
  }
}

/**
 * Returns why git cannot be used safely in a folder that is not trusted, as the end of a sentence; null if it can. `env` is
 * the hardened environment.
 */
export async function gitProblem(folder: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const listed = await git(['config', '--list', '--null', '--show-scope', '--includes'], folder, env)
  // Without git, or where git itself refuses the folder, a command of git fails by itself.
  if (listed.code === 129) return 'git is too old to be looked into'
  if (listed.code !== 0) return null
  const fields = listed.output.split('\0')
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [scope, [key = '', ...value]] = [fields[at], (fields[at + 1] ?? '').split('\n')]
    if (scope !== 'local' && scope !== 'worktree') continue
    const name = key.toLowerCase()
    if (NAMES_PROGRAM.test(name)) return `the git configuration of the folder sets ${key}, which names a program`
    if (/^submodule\..+\.update$/.test(name) && value.join('\n').startsWith('!')) {
      return `the git configuration of the folder sets ${key}, which names a program`
    }
  }
  const place = await git(['rev-parse', '--absolute-git-dir', '--show-toplevel'], folder, env)
  if (place.code !== 0) return null
  const [gitDir = '', top = ''] = place.output.split('\n')
  return isOwnRepository(folder, gitDir, top)
    ? null
    : 'git would work in a repository that is not the one of the folder'
}

/** Whether git works in the repository that contains the folder, not in another one that a file of the folder names. */
function isOwnRepository(folder: string, gitDir: string, top: string): boolean {
  const root = gitRoot(folder)
  if (root === null || realPath(root) !== realPath(top)) return false
  const [real, own] = [realPath(gitDir), join(realPath(root), '.git')]
  if (real === realPath(own)) return isWithin(real, realPath(root)) || isWorktree(real, own)
  return isWorktree(real, own) || isSubmodule(real, root)
}

/** git writes into the folder of a worktree which `.git` file belongs to it. */
function isWorktree(gitDir: string, file: string): boolean {
  try {
    return realPath(readFileSync(join(gitDir, 'gitdir'), 'utf8').trim()) === file
  } catch {
    return false
  }
}

/** The folder of a submodule lies in that of a repository above. */
function isSubmodule(gitDir: string, root: string): boolean {
  const above = gitRoot(dirname(root))
  return above !== null && isWithin(gitDir, join(realPath(above), '.git', 'modules'))
}

function git(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd, env, timeout: 5000, maxBuffer: 16 * 1024 * 1024 }, (error, output) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output })
    })
  })
}
