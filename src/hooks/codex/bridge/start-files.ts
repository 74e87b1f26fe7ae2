import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { homeFolder, replacePrivateFile, statsOf, xdgFolder } from '../../../paths.js'

/** How the command of a codex hook begins and what it holds, in a shell pattern; no start file of the user is read for it. */
const HOOK_COMMAND = 'exec\\ *hook-bridge.*'

/**
 * Returns the variables that keep the user's start files out of the shells that codex runs hooks with, so that what these
 * files print does not get into an answer. bash and zsh read one of these start files even for `-c`. Each variable names a
 * file of codex-plus that reads the user's own file for every other command, and restores the variable for it.
 */
export function quietHookShells(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return {}
  try {
    return { ...quietBash(env), ...quietZsh(env) }
  } catch {
    // Without the files hooks work too; their contexts then carry what the user's files print.
    return {}
  }
}

/** bash reads `BASH_ENV`; in the first shell of an ssh command it reads ~/.bashrc in its place (bash(1), INVOCATION). */
function quietBash(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const named = env.BASH_ENV ?? ''
  const overSsh = Boolean(env.SSH_CLIENT || env.SSH2_CLIENT) && !(Number(env.SHLVL) >= 1)
  // bash expands the value as in double quotes; one that ends them is left alone.
  if ((named === '' && !overSsh) || /["\\]/.test(named)) return {}
  const lines = [
    '# Written by codex-plus. bash reads it for BASH_ENV; the shell of a codex-plus hook reads nothing more.',
    `case \${BASH_EXECUTION_STRING-} in ${HOOK_COMMAND}) ;; *)`,
    named === '' ? 'unset BASH_ENV' : `export BASH_ENV=${quoted(named)}`,
    ...(overSsh ? readRcFiles() : []),
    ...(named === '' ? [] : readNamedFile(named)),
    ...(overSsh ? ['fi'] : []),
    ';; esac',
  ]
  const file = keep('bash', 'start.bash', lines, env)
  // The value is expanded like the user's own.
  if (/["\\$`]/.test(file)) return {}
  // From level 1 on bash does not take itself for the first shell of an ssh command.
  return { BASH_ENV: file, ...(overSsh ? { SHLVL: '1' } : {}) }
}

/** What bash would do in the first shell of an ssh command, with the level it would have. */
function readRcFiles(): string[] {
  return [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell
    'if [ "$SHLVL" = 2 ] && [ -n "${BASH_EXECUTION_STRING-}" ]; then SHLVL=1',
    '[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc',
    '[ -r ~/.bashrc ] && . ~/.bashrc',
    'else :',
  ]
}

function readNamedFile(named: string): string[] {
  // bash does not look for the file in PATH, as `.` would.
  const path = `"${named.includes('/') ? '' : './'}${named}"`
  return [`if [ -r ${path} ]; then . ${path}; fi`]
}

/** zsh always reads `.zshenv`, in ZDOTDIR or else in the home folder (zsh(1), STARTUP/SHUTDOWN FILES). */
function quietZsh(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = env.ZDOTDIR || homeFolder(env)
  if (!usesZsh(env) || statsOf(join(folder, '.zshenv')) === undefined) return {}
  // A system file that sets ZDOTDIR itself would lose its say.
  if (SYSTEM_ZSHENV.some((file) => contentOf(file)?.includes('ZDOTDIR'))) return {}
  const lines = [
    '# Written by codex-plus. zsh reads it for ZDOTDIR; the shell of a codex-plus hook reads nothing more.',
    env.ZDOTDIR ? `export ZDOTDIR=${quoted(env.ZDOTDIR)}` : 'unset ZDOTDIR',
    `if [[ \${ZSH_EXECUTION_STRING-} != ${HOOK_COMMAND} && -r "\${ZDOTDIR:-$HOME}/.zshenv" ]]; then`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell
    '. "${ZDOTDIR:-$HOME}/.zshenv"',
    'fi',
  ]
  return { ZDOTDIR: dirname(keep('zsh', '.zshenv', lines, env)) }
}

const SYSTEM_ZSHENV = ['/etc/zshenv', '/etc/zsh/zshenv']

/** codex takes the shell of the user's account, whatever SHELL says (seen on 0.169). */
function usesZsh(env: NodeJS.ProcessEnv): boolean {
  try {
    return basename(userInfo().shell ?? env.SHELL ?? '') === 'zsh'
  } catch {
    return basename(env.SHELL ?? '') === 'zsh'
  }
}

/** Writes a start file; its folder is named by its text, so that it stays for what a run leaves in the background. */
function keep(shell: string, name: string, lines: readonly string[], env: NodeJS.ProcessEnv): string {
  const text = `${lines.join('\n')}\n`
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const file = join(xdgFolder('state', env), 'start-files', `${shell}-${hash}`, name)
  if (contentOf(file) !== text) replacePrivateFile(file, text)
  return file
}

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
