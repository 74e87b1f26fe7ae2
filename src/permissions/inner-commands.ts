import { carriedCommands, runVariables } from './carried-commands.js'
import { commandBehind, type Wrapper } from './command-text.js'
import { literalWord } from './literal-word.js'
import type { SimpleCommand, Word } from './script.js'
import { type ShellState, textsOf } from './word-values.js'

/** What a command runs beside itself. */
export interface InnerCommands {
  /** The commands behind wrappers such as `env` and `sudo`, each with its words. */
  readonly commands: Word[][]
  /** The scripts it hands to a shell: `bash -c '…'`, `eval …`, a heredoc. */
  readonly scripts: string[]
  /** Why what it runs shows only when it runs, as the end of a sentence; undefined when all is known. */
  readonly unknown: string | undefined
}

/** Programs that run the command behind their own flags, with the flags that take a value. */
const RUNNERS: Readonly<Record<string, Wrapper>> = {
  env: { valued: ['-u', '--unset', '-C', '--chdir'], own: 0 },
  sudo: { valued: list('-u -g -h -p -C -r -t -T -D -R -U --user --group --host --prompt --chdir --chroot'), own: 0 },
  doas: { valued: list('-u -C'), own: 0 },
  command: { valued: [], own: 0 },
  builtin: { valued: [], own: 0 },
  exec: { valued: ['-a'], own: 0 },
  time: { valued: list('-f -o --format --output'), own: 0 },
  timeout: { valued: list('-k --kill-after -s --signal'), own: 1 },
  nice: { valued: list('-n --adjustment'), own: 0 },
  nohup: { valued: [], own: 0 },
  setsid: { valued: [], own: 0 },
  stdbuf: { valued: list('-i -o -e --input --output --error'), own: 0 },
  ionice: { valued: list('-c -n -p'), own: 0 },
  chrt: { valued: [], own: 1 },
  taskset: { valued: [], own: 1 },
  xargs: {
    valued: list('-I -i -n -P -L -s -d -E -a --replace --max-args --max-procs --max-lines --delimiter'),
    own: 0,
  },
  parallel: { valued: list('-j -I -n --jobs'), own: 0 },
  watch: { valued: list('-n -d --interval'), own: 0 },
  flock: { valued: list('-w -E --timeout'), own: 1 },
  busybox: { valued: [], own: 0 },
  toybox: { valued: [], own: 0 },
  strace: { valued: list('-e -o -p -s'), own: 0 },
  ltrace: { valued: list('-e -o -p -s'), own: 0 },
  unbuffer: { valued: [], own: 0 },
  chroot: { valued: [], own: 1 },
  runuser: { valued: list('-u -g'), own: 0 },
  caffeinate: { valued: list('-t -w'), own: 0 },
  faketime: { valued: list('-f'), own: 1 },
  unshare: { valued: [], own: 0 },
  setpriv: { valued: [], own: 0 },
  coproc: { valued: [], own: 0 },
}

/** Shells, which run the text they are given, or what they read. */
const SHELLS = new Set(list('sh bash dash zsh ksh mksh ash fish rbash'))
/** Programs that run later what they read. */
const SCHEDULERS = new Set(list('at batch'))
/** Programs whose arguments, joined, are a script. */
const JOINING = new Set(list('eval watch parallel'))

function list(text: string): string[] {
  return text.split(' ')
}

/** The commands and scripts that a command runs as far as its words say them; `shell` puts values into the words. */
export function innerCommands(words: readonly Word[], command: SimpleCommand, shell: ShellState): InnerCommands {
  const commands: Word[][] = []
  const scripts: string[] = []
  let unknown: string | undefined
  const script = (word: Word | undefined, what: string): void => {
    const texts = word && textsOf(word, shell)
    if (texts) scripts.push(...texts)
    else unknown ??= `${what} is given a script that is not known before it runs`
  }
  const name = programName(words)
  const rest = words.slice(1)
  if (SHELLS.has(name)) {
    const given = shellScript(rest)
    const read = given === 'stdin' ? scriptsOnStdin(command, shell) : []
    if (read) scripts.push(...read)
    else unknown = `${name} runs what it reads, which is not known before it runs`
    if (given !== 'stdin' && given !== null) script(given, name)
  }
  if (JOINING.has(name)) {
    const texts = rest.map((word) => textsOf(word, shell)?.[0])
    if (texts.every((text) => text !== undefined)) scripts.push(texts.join(' '))
    else unknown ??= `${name} is given a script that is not known before it runs`
  }
  if (name === 'trap')
    script(
      rest.find(({ text }) => !text.startsWith('-')),
      name,
    )
  if (name === 'su' || name === 'script' || name === 'runuser') {
    const at = rest.findIndex(({ text }) => /^-\w*c$|^--command$/.test(text))
    if (at >= 0) script(rest[at + 1], name)
  }
  if (name === 'env') {
    const at = rest.findIndex(({ text }) => /^-\w+S$/.test(text))
    if (at >= 0) script(rest[at + 1], name)
  }
  if (name === 'source' || name === '.' || SCHEDULERS.has(name)) {
    const reads = SCHEDULERS.has(name) ? !rest.some(({ text }) => /^-[flrcdq]/.test(text)) : sourcesStdin(rest[0])
    const read = reads ? scriptsOnStdin(command, shell) : []
    if (read) scripts.push(...read)
    else unknown ??= `${name} runs what it reads, which is not known before it runs`
  }
  if (name === 'xargs' && placedFirst(rest)) unknown ??= 'xargs puts the name of the command there when it runs'
  const carried = carriedCommands(name, words, shell)
  commands.push(...carried.commands)
  // A script of which only a part is known is looked at with its variables as they are written.
  for (const word of [...carried.scripts, ...runVariables(command)])
    scripts.push(...(textsOf(word, shell) ?? [word.text]))
  if (name === 'find') commands.push(...findCommands(rest))
  const runner = Object.hasOwn(RUNNERS, name) ? RUNNERS[name] : undefined
  if (runner) commands.push(...commandBehind(words, runner))
  return { commands, scripts, unknown }
}

/** The name of a command's program, without its folder. */
export function programName(words: readonly Word[]): string {
  return words[0]?.text.split('/').at(-1) ?? ''
}

/** The script of `-c`, `stdin` where the shell reads one, or null for a file: what is in it is not looked at. */
function shellScript(words: readonly Word[]): Word | 'stdin' | null {
  for (let at = 0; at < words.length; at++) {
    const { text } = words[at] as Word
    if (/^[-+](?:o|O|-rcfile|-init-file)$/.test(text)) at++
    else if (/^-[A-Za-z]*c/.test(text) && !text.startsWith('--')) return words[at + 1] ?? literalWord('')
    else if (/^-[A-Za-z]*s/.test(text) && !text.startsWith('--')) return 'stdin'
    else if (text === '-' || text === '--') return at + 1 < words.length ? null : 'stdin'
    else if (/^--(?:version|help)$/.test(text)) return null
    // A file's text is not looked at; the output of a command is none.
    else if (!/^[-+]/.test(text)) return sourcesStdin(words[at]) ? 'stdin' : null
  }
  return 'stdin'
}

/** Whether a file that is run as a script is no file: what is piped in, or what a command prints. */
function sourcesStdin(word: Word | undefined): boolean {
  if (!word) return false
  return (
    word.constructs.includes('process substitution') ||
    /^(?:-|\/dev\/stdin|\/(?:dev|proc\/self)\/fd\/\d+)$/.test(word.text)
  )
}

/** Whether `xargs -I{} {} …` puts what it reads where the name of the command stands. */
function placedFirst(words: readonly Word[]): boolean {
  const at = words.findIndex(({ text }) => /^-[Ii]|^--replace/.test(text))
  if (at < 0) return false
  const glued = (words[at] as Word).text.replace(/^-[Ii]|^--replace=?/, '')
  const mark = glued === '' ? (words[at + 1]?.text ?? '{}') : glued
  const first = words.slice(glued === '' ? at + 2 : at + 1).find(({ text }) => !text.startsWith('-'))
  return first?.text.includes(mark) === true
}

/** What a shell reads: the bodies of its heredocs and here strings, or nothing that is known. */
function scriptsOnStdin({ redirections }: SimpleCommand, shell: ShellState): string[] | undefined {
  const given = redirections.filter(({ operator }) => operator.startsWith('<'))
  const last = given.at(-1)
  if (!last) return undefined
  // A file is like the script of `bash FILE`.
  if (last.operator === '<' && last.target.constructs.length === 0) return []
  return last.operator.startsWith('<<') ? textsOf(last.target, shell) : undefined
}

/** The commands of find's `-exec`, `-execdir`, `-ok` and `-okdir`. */
function findCommands(words: readonly Word[]): Word[][] {
  const found: Word[][] = []
  for (let at = 0; at < words.length; at++) {
    if (!/^-(?:exec|ok)(?:dir)?$/.test((words[at] as Word).text)) continue
    let end = at + 1
    while (end < words.length && !/^[;+]$/.test((words[end] as Word).text)) end++
    found.push(words.slice(at + 1, end))
    at = end
  }
  return found
}
