import { literalWord } from './literal-word.js'
import type { SimpleCommand, Word } from './script.js'
import { type ShellState, textsOf } from './word-values.js'

/** Commands and scripts that stand among the arguments of a program, which hands them on. */
export interface CarriedCommands {
  readonly commands: Word[][]
  readonly scripts: Word[]
}

const list = (text: string): string[] => text.split(' ')

/** Programs that run what stands among their arguments; what they are told to do stands in front where it is listed. */
const CARRIERS: Readonly<Record<string, readonly string[] | null>> = {
  ...fromNames(
    'npx bunx pnpx uvx pipx ssh pkexec gosu su-exec proot fakeroot firejail bwrap systemd-run xvfb-run dbus-run-session ' +
      'valgrind gdb setarch linux32 linux64 nsenter entr hyperfine watchexec nodemon concurrently sg newgrp screen dotenv ' +
      'op aws-vault numactl cpulimit eatmydata torsocks proxychains proxychains4 rlwrap chronic rush retry cross-env ' +
      'catchsegv script coreutils hash dumb-init tini s6-setuidgid setuidgid chpst envdir',
  ),
  npm: ['exec', 'x'],
  pnpm: ['exec', 'dlx'],
  yarn: ['exec', 'dlx'],
  bun: ['x'],
  uv: ['run'],
  poetry: ['run'],
  pipenv: ['run'],
  pdm: ['run'],
  hatch: ['run'],
  rye: ['run'],
  bundle: ['exec'],
  conda: ['run'],
  mamba: ['run'],
  micromamba: ['run'],
  mise: ['exec', 'x'],
  asdf: ['exec'],
  rbenv: ['exec'],
  pyenv: ['exec'],
  nodenv: ['exec'],
  direnv: ['exec'],
  docker: ['exec', 'run'],
  'docker-compose': ['exec', 'run'],
  podman: ['exec', 'run'],
  nerdctl: ['exec', 'run'],
  kubectl: ['exec', 'run'],
  tmux: list('new new-session new-window neww split-window splitw respawn-pane respawn-window run run-shell'),
  nix: ['shell', 'develop', 'run'],
  devbox: ['run'],
  perf: ['record', 'stat', 'trace'],
  git: ['bisect', 'submodule'],
  fd: list('-x -X --exec --exec-batch'),
  fdfind: list('-x -X --exec --exec-batch'),
}
/** The dynamic loader runs the program that it is given. */
const LOADER = /^ld(?:-linux[\w.-]*|\.so[\w.]*)?\.so(?:\.\d+)?$/
/** So many of the arguments may begin a command. */
const MOST_STARTS = 16

/** Flags whose value is a command line, by program. */
const SCRIPT_FLAGS: Readonly<Record<string, readonly string[]>> = {
  tar: list('--to-command --checkpoint-action --use-compress-program -I --rsh-command --info-script -F'),
  rsync: list('-e --rsh'),
  sort: ['--compress-program'],
  git: list('-x --exec --tree-filter --index-filter --msg-filter --env-filter --commit-filter --upload-pack'),
  ssh: ['-o'],
  'nix-shell': list('--run --command'),
  nodemon: list('-x --exec'),
  npx: list('-c --call'),
  npm: list('-c --call'),
  sg: ['-c'],
  newgrp: ['-c'],
  env: list('-S --split-string'),
  vim: ['-c'],
  nvim: ['-c'],
  vi: ['-c'],
  ex: ['-c'],
  mapfile: ['-C'],
  readarray: ['-C'],
  compgen: ['-C'],
  pwsh: list('-c -Command'),
  nu: list('-c --commands'),
}
/** Variables whose value programs run as a command. */
const RUN_VARIABLES =
  /^(?:PAGER|EDITOR|VISUAL|BROWSER|MANPAGER|LESSOPEN|PROMPT_COMMAND|(?:GIT_)?SSH(?:_COMMAND|_ASKPASS)?|GIT_(?:PAGER|EDITOR|SEQUENCE_EDITOR|EXTERNAL_DIFF|ASKPASS|PROXY_COMMAND))$/
/** git's settings whose value is a command. */
const RUN_SETTINGS =
  /^(?:alias\..+|core\.(?:pager|editor|sshcommand|fsmonitor|askpass|gitproxy)|sequence\.editor|pager\..+|credential(?:\..+)?\.helper|(?:diff|merge|filter|difftool|mergetool|gpg|gpg\..+)\..+)$/i

function fromNames(names: string): Record<string, null> {
  return Object.fromEntries(list(names).map((name) => [name, null]))
}

/** The commands that a program may hand on; those whose names only a run would tell are left out. */
export function carriedCommands(name: string, words: readonly Word[], place: ShellState): CarriedCommands {
  const rest = words.slice(1)
  const scripts = flagScripts(name, rest)
  if (name === 'git') scripts.push(...settingScripts(rest))
  if (name === 'alias') scripts.push(...valuesOfAssignments(rest))
  if (name === 'env' || name === 'export') scripts.push(...valuesOfAssignments(rest, RUN_VARIABLES))
  const carrying = behindTask(name, rest)
  if (carrying === null) return { commands: [], scripts }
  const starts = carrying.flatMap((word, at) => (/^[-;:]/.test(word.text) ? [] : [at])).slice(0, MOST_STARTS)
  const known = starts.filter((at) => textsOf(carrying[at] as Word, place) !== undefined)
  return {
    commands: known.map((at) => carrying.slice(at)),
    scripts: [...scripts, ...carrying.filter(({ text }) => /\s/.test(text)).slice(0, MOST_STARTS)],
  }
}

/** The values of variables in front of a command that a program runs. */
export function runVariables({ assignments }: SimpleCommand): Word[] {
  return assignments.flatMap(({ name, value }) => (RUN_VARIABLES.test(name) ? [value] : []))
}

/** The arguments among which a command may stand; null where the program, told this, hands none on. */
function behindTask(name: string, words: readonly Word[]): readonly Word[] | null {
  if (LOADER.test(name)) return words
  if (!Object.hasOwn(CARRIERS, name)) return null
  const tasks = CARRIERS[name]
  if (!tasks) return words
  const at = words.findIndex(({ text }) => tasks.includes(text))
  if (at < 0 || words.slice(0, at).filter(({ text }) => /^\w/.test(text)).length > 4) return null
  const behind = words.slice(at + 1)
  return name === 'git' && !/^(?:run|foreach)$/.test(behind[0]?.text ?? '') ? null : behind
}

/** `--flag VALUE`, `--flag=VALUE`, `-fVALUE`; what stands in front of the command in the value is taken off. */
function flagScripts(name: string, words: readonly Word[]): Word[] {
  const flags = Object.hasOwn(SCRIPT_FLAGS, name) ? (SCRIPT_FLAGS[name] ?? []) : []
  return words.flatMap((word, at) => {
    const flag = flags.find((each) => {
      if (word.text === each || word.text.startsWith(`${each}=`)) return true
      return each.length === 2 && word.text.startsWith(each)
    })
    if (flag === undefined) return []
    const value = word.text.length > flag.length ? behind(word, flag.length) : words[at + 1]
    const [intro] = /^(?:=?(?:exec=|ProxyCommand=|LocalCommand=|:?!)?)/.exec(value?.text ?? '') ?? ['']
    return value ? [intro === '' ? value : behind(value, intro.length)] : []
  })
}

/** `-c alias.x='!cmd'` and other settings of git that run a command. */
function settingScripts(words: readonly Word[]): Word[] {
  return words.flatMap((word, at) => {
    const [all, key = '', mark] = /^([\w.-]+)=(!?)/s.exec(word.text) ?? []
    if (all === undefined || words[at - 1]?.text !== '-c' || !RUN_SETTINGS.test(key)) return []
    return key.startsWith('alias.') && mark === '' ? [] : [behind(word, all.length)]
  })
}

/** The values of words like `NAME=value`. */
function valuesOfAssignments(words: readonly Word[], names = /./): Word[] {
  return words.flatMap((word) => {
    const [all, name = ''] = /^([\w.-]+)=/.exec(word.text) ?? []
    return all !== undefined && names.test(name) ? [behind(word, all.length)] : []
  })
}

/** A word without its first characters. */
function behind(word: Word, length: number): Word {
  const [first, ...parts] = word.parts
  if (typeof first !== 'string' || first.length < length) return literalWord(word.text.slice(length))
  return { ...word, text: word.text.slice(length), parts: [first.slice(length), ...parts] }
}
