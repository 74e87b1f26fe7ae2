import { CodexPlusError } from '../errors.js'
import { isOwnSubcommand, OWN_FLAGS, type OwnFlags } from './plus-flags.js'

/** One `-c key=value` of the command line. */
export interface ConfigOverride {
  readonly key: string
  /** As typed; codex parses it as TOML and falls back to the raw string. */
  readonly value: string
  /** The index in `forwarded` of the argument that holds the value. */
  readonly index: number
  /** The text before `key=value` in that argument, e.g. `--config=`. */
  readonly prefix: string
}

/** One `-s MODE` of the command line. */
export interface SandboxFlag {
  readonly mode: string
  /** The indices in `forwarded` of the arguments it consists of. */
  readonly indices: readonly number[]
}

/** A codex command line, parsed as far as codex-plus needs it. */
export interface CodexInvocation {
  readonly own: OwnFlags
  /** The arguments passed to codex, as typed: all but the `--plus-*` flags. */
  readonly forwarded: readonly string[]
  /** The words that name the subcommand, e.g. `['exec', 'resume']`; empty for the TUI. */
  readonly subcommand: readonly string[]
  readonly overrides: readonly ConfigOverride[]
  /** The index in `forwarded` behind which no argument is an option: that of `--`, or the end. */
  readonly optionsEnd: number
  /** Every `-s`, in order: codex uses the last one. */
  readonly sandboxFlags: readonly SandboxFlag[]
  /** Every `--add-dir`. */
  readonly addedFolders: readonly string[]
  /** All flags that were given, by their names. */
  readonly flags: ReadonlySet<string>
  readonly profile: string | null
  readonly cd: string | null
  readonly oss: boolean
  readonly remote: boolean
  readonly ignoreUserConfig: boolean
  /** `--ephemeral`: codex stores nothing of the thread on disk. */
  readonly ephemeral: boolean
  /** `--worktree`: codex works in a new git worktree of the folder. */
  readonly worktree: boolean
  /** `exec --trust`: codex trusts the folder from now on. */
  readonly trust: boolean
  readonly help: boolean
  readonly version: boolean
  /** The first positional argument and its index in `forwarded`. */
  readonly prompt: { readonly text: string; readonly index: number } | null
  /** The codex-plus subcommand that is called, with all that follows it; null for a command line of codex. */
  readonly ownCommand: readonly string[] | null
}

/** Subcommands of codex 0.169 with their aliases (codex --help, codex-0.169 section 7), and their own subcommands. */
const SUBCOMMANDS: Readonly<Record<string, readonly string[]>> = {
  agents: [],
  exec: ['resume', 'fork', 'review', 'help'],
  e: ['resume', 'fork', 'review', 'help'],
  review: [],
  login: ['status', 'help'],
  logout: [],
  mcp: [],
  plugin: [],
  'app-server': ['daemon', 'proxy', 'generate-ts', 'generate-json-schema', 'help'],
  'remote-control': [],
  completion: [],
  update: [],
  doctor: [],
  sandbox: [],
  debug: [],
  apply: [],
  a: [],
  resume: [],
  queue: [],
  archive: [],
  delete: [],
  'migrate-rollouts': [],
  'migrate-nfs-db': [],
  unarchive: [],
  fork: [],
  cloud: [],
  'exec-server': [],
  features: [],
  help: [],
  execpolicy: [],
  'responses-api-proxy': [],
  'stdio-to-uds': [],
}

/** Flags that take a value, over all subcommands that call a model (`codex <sub> --help` of 0.169). */
export const VALUE_FLAGS = new Set([
  '-c',
  '--config',
  '--enable',
  '--disable',
  '--remote',
  '--remote-auth-token-env',
  '-m',
  '--model',
  '--local-provider',
  '-p',
  '--profile',
  '-s',
  '--sandbox',
  '-C',
  '--cd',
  '--add-dir',
  '-a',
  '--ask-for-approval',
  '--thread-source',
  '--cyber-access-program',
  '--output-schema',
  '--color',
  '-o',
  '--output-last-message',
  '--base',
  '--commit',
  '--title',
  '--thread',
  '--message',
  '--listen',
  '--startup-client-info',
  '--cloud-skills-snapshot',
  '--code-mode-host',
  '--ws-auth',
  '--ws-token-file',
  '--ws-token-sha256',
  '--ws-shared-secret-file',
  '--ws-issuer',
  '--ws-audience',
  '--ws-max-clock-skew-seconds',
])
/** `-i FILE...` takes all words up to the next flag. */
export const VARIADIC_FLAGS = new Set(['-i', '--image'])

/**
 * Parses a command line and separates the `--plus-*` flags from codex's arguments.
 * Throws CP_USAGE for an unknown or incomplete `--plus-*` flag.
 */
export function parseCodexArguments(args: readonly string[]): CodexInvocation {
  const { own, forwarded } = takeOwnFlags(args)
  const subcommand: string[] = []
  const overrides: ConfigOverride[] = []
  const seen = new Set<string>()
  const values = new Map<string, string>()
  const sandboxFlags: SandboxFlag[] = []
  const addedFolders: string[] = []
  let optionsEnd = forwarded.length
  let prompt: CodexInvocation['prompt'] = null
  let ownCommand: readonly string[] | null = null
  let known = SUBCOMMANDS

  for (let index = 0; index < forwarded.length; index += 1) {
    const arg = forwarded[index] ?? ''
    if (arg === '--') {
      optionsEnd = index
      const text = forwarded[index + 1]
      if (text !== undefined) prompt ??= { text, index: index + 1 }
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      const first: boolean = prompt === null && subcommand.length === 0
      const nested = Object.hasOwn(known, arg) ? known[arg] : undefined
      if (nested !== undefined) {
        // clap still takes a subcommand after a positional: `codex hello exec` is exec (seen on 0.169).
        subcommand.push(arg)
        known = Object.fromEntries(nested.map((name) => [name, []]))
      } else {
        prompt ??= { text: arg, index }
        if (first && isOwnSubcommand(arg)) {
          ownCommand = forwarded.slice(index)
          break
        }
      }
      continue
    }
    const flag = splitFlag(arg)
    seen.add(flag.name)
    if (VARIADIC_FLAGS.has(flag.name)) {
      if (flag.value === null) while (isWord(forwarded[index + 1])) index += 1
      continue
    }
    if (!VALUE_FLAGS.has(flag.name)) continue
    const first = index
    if (flag.value === null) index += 1
    const value = flag.value ?? forwarded[index] ?? ''
    values.set(flag.name, value)
    if (flag.name === '-s' || flag.name === '--sandbox') {
      sandboxFlags.push({ mode: value, indices: flag.value === null ? [first, index] : [index] })
    }
    if (flag.name === '--add-dir') addedFolders.push(value)
    if (flag.name === '-c' || flag.name === '--config') {
      const [key = '', ...rest] = value.split('=')
      // Without a `=` codex rejects it with its own error message.
      if (rest.length === 0) continue
      const prefix = flag.value === null ? '' : arg.slice(0, arg.length - value.length)
      overrides.push({ key: key.trim(), value: rest.join('=').trim(), index, prefix })
    }
  }

  return {
    own,
    forwarded,
    subcommand,
    overrides,
    optionsEnd,
    sandboxFlags,
    addedFolders,
    flags: seen,
    profile: values.get('-p') ?? values.get('--profile') ?? null,
    cd: values.get('-C') ?? values.get('--cd') ?? null,
    oss: seen.has('--oss'),
    remote: seen.has('--remote'),
    ignoreUserConfig: seen.has('--ignore-user-config'),
    ephemeral: seen.has('--ephemeral'),
    worktree: seen.has('--worktree'),
    trust: seen.has('--trust'),
    help: seen.has('-h') || seen.has('--help') || subcommand.includes('help'),
    version: seen.has('-V') || seen.has('--version'),
    prompt,
    ownCommand,
  }
}

function isWord(arg: string | undefined): boolean {
  return arg !== undefined && (!arg.startsWith('-') || arg === '-')
}

/** Splits `--name=value`, `-nvalue` and `-n` as clap does. */
function splitFlag(arg: string): { name: string; value: string | null } {
  if (arg.startsWith('--')) {
    const equals = arg.indexOf('=')
    return equals === -1 ? { name: arg, value: null } : { name: arg.slice(0, equals), value: arg.slice(equals + 1) }
  }
  const name = arg.slice(0, 2)
  if (arg.length === 2 || !(VALUE_FLAGS.has(name) || VARIADIC_FLAGS.has(name))) return { name, value: null }
  return { name, value: arg.slice(arg[2] === '=' ? 3 : 2) }
}

/** Separates the `--plus-*` flags from codex's arguments; they may stand anywhere before `--`. */
function takeOwnFlags(args: readonly string[]): { own: OwnFlags; forwarded: string[] } {
  const own: Record<string, string | true> = {}
  const forwarded: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? ''
    if (arg === '--') {
      forwarded.push(...args.slice(index))
      break
    }
    if (!arg.startsWith('--plus-')) {
      forwarded.push(arg)
      continue
    }
    const { name, value } = splitFlag(arg)
    const flag = OWN_FLAGS.find((candidate) => candidate.name === name)
    if (!flag) throw unknownFlag(name)
    if (flag.value === null) {
      if (value !== null) throw usage(`${name} takes no value.`)
      own[name] = true
      continue
    }
    const given = value ?? args[index + 1]
    if (value === null) index += 1
    if (given === undefined || given === '') throw usage(`${name} needs a value: ${flag.value}.`)
    own[name] = given
  }
  return { own, forwarded }
}

function unknownFlag(name: string): CodexPlusError {
  const names = OWN_FLAGS.map((flag) => flag.name)
  const nearest = names.sort((a, b) => commonStart(b, name) - commonStart(a, name))[0]
  return usage(`there is no flag ${name}; did you mean ${nearest}?`)
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

function usage(message: string): CodexPlusError {
  return new CodexPlusError('CP_USAGE', message, {
    hint: '`codex-plus --help` lists the flags; put prompt text after `--`.',
  })
}
