import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { foldersUpTo, gitRoot, isForeign, isWithin, realPath } from '../paths.js'

/** The kind of source a command comes from. */
export type CommandSource = 'project' | 'personal' | 'codex' | 'shipped' | 'mcp'

/** A command file that was found but not read yet. */
export interface CommandFile {
  readonly name: string
  readonly path: string
  readonly source: CommandSource
  /** The skill's folder, which is put into its text; null for a plain command. */
  readonly skillFolder: string | null
  /** Whether its shell blocks and hooks may run: a project's only if the folder that holds its `.claude` is trusted. */
  readonly trusted: boolean
}

/** All commands of a working directory, the shadowed files, and the problems found. */
export interface CommandIndex {
  /** The file that is used for each name. */
  readonly commands: ReadonlyMap<string, CommandFile>
  readonly shadowed: readonly CommandFile[]
  /** One message for each file or folder that could not be read. */
  readonly problems: readonly string[]
}

export interface DiscoverOptions {
  readonly cwd: string
  readonly gitRoot: string | null
  readonly claudeHome: string
  /** `$CODEX_HOME/prompts` of older codex versions. */
  readonly codexPrompts: string | null
  /** The folder of the commands that come with this package. */
  readonly shipped: string | null
  readonly dialect: 'auto' | 'claude'
  /** Whether a folder that holds a `.claude` is trusted; without it all are. */
  isTrusted?(folder: string): boolean
}

/** A folder with command files, and the kind and trust of its files. */
interface Scope {
  readonly folder: string
  readonly source: CommandSource
  readonly trusted: boolean
  /** The folder that every file has to be in, links followed; null if a file may lead anywhere. */
  readonly within: string | null
}

/**
 * Finds the command files (claude-code-2.1 section 1.2). Skills come before commands; then the personal folder before
 * the project's (the other way round in the `auto` dialect, if the project is trusted), and folders nearer the working
 * directory before farther ones. In `auto`, a project that is not trusted takes no name of another source.
 */
export function discoverCommands(options: DiscoverOptions): CommandIndex {
  const walk = new Walk()
  const { dialect, claudeHome, isTrusted = () => true } = options
  const home = realPath(claudeHome)
  // Without git the search ends at the root of the file system, as in Claude Code.
  const projects = foldersUpTo(options.cwd, options.gitRoot)
    .map((parent) => ({ parent, folder: join(parent, '.claude') }))
    // The home folder may be reached through a link.
    .filter(({ folder }) => folder !== claudeHome && realPath(folder) !== home)
    .filter(({ folder }) => !isForeign(folder, options.cwd))
  const personal = [usersOwn(claudeHome, 'personal')]
  const project = projects.map(({ parent, folder }): Scope => {
    const trusted = isTrusted(parent)
    return { folder, source: 'project', trusted, within: trusted ? null : realPath(gitRoot(parent) ?? parent) }
  })
  const [first, last] =
    dialect === 'claude'
      ? [[...personal, ...project], []]
      : [[...project.filter(({ trusted }) => trusted), ...personal], project.filter(({ trusted }) => !trusted)]
  const filesOf = (scopes: readonly Scope[]): CommandFile[] => [
    ...scopes.flatMap((scope) => walk.skills(join(scope.folder, 'skills'), scope)),
    ...scopes.flatMap((scope) => walk.commands(join(scope.folder, 'commands'), scope)),
  ]

  const found = [
    ...filesOf(first),
    ...(options.codexPrompts === null
      ? []
      : walk.commands(options.codexPrompts, usersOwn(options.codexPrompts, 'codex'))),
    ...(options.shipped === null ? [] : walk.commands(options.shipped, usersOwn(options.shipped, 'shipped'))),
    ...filesOf(last),
  ]
  const commands = new Map<string, CommandFile>()
  const shadowed: CommandFile[] = []
  for (const file of found) {
    if (commands.has(file.name)) shadowed.push(file)
    else commands.set(file.name, file)
  }
  const index: CommandIndex = { commands, shadowed, problems: walk.problems }
  const taken = dialect === 'claude' ? [] : shadowed.flatMap((file) => notTrustedFor(file.name, index) ?? [])
  return { ...index, problems: [...walk.problems, ...new Set(taken)] }
}

/** Says that a name is not that of a project which is not trusted, and whose it is; null where no such project has it. */
export function notTrustedFor(name: string, { commands, shadowed }: CommandIndex): string | null {
  const file = shadowed.find((other) => other.name === name && !other.trusted)
  const used = commands.get(name)
  if (file === undefined || used?.source === 'project') return null
  const own = used === undefined ? 'a command of codex-plus' : used.path
  return `${file.path} is ignored, since its folder is not trusted: /${name} is ${own}. To use it, run \`codex-plus plus trust\`.`
}

/** Takes names, those that are built in, from the projects that are not trusted. */
export function withoutTakenNames(index: CommandIndex, builtIn: () => ReadonlySet<string>): CommandIndex {
  const foreign = [...index.commands.values()].filter(({ trusted }) => !trusted)
  const names = foreign.length === 0 ? new Set<string>() : builtIn()
  const taken = foreign.filter(({ name }) => names.has(name))
  if (taken.length === 0) return index
  const commands = new Map([...index.commands].filter(([, file]) => !taken.includes(file)))
  const rest = { ...index, commands, shadowed: [...index.shadowed, ...taken] }
  return { ...rest, problems: [...index.problems, ...taken.flatMap(({ name }) => notTrustedFor(name, rest) ?? [])] }
}

function usersOwn(folder: string, source: CommandSource): Scope {
  return { folder, source, trusted: true, within: null }
}

/** More entries than any collection of commands has; a link may point at the whole file system. */
const MAX_ENTRIES = 10_000

/** One walk over all folders. It remembers the real files it has visited, since a file has only one name. */
class Walk {
  readonly problems: string[] = []
  readonly #visited = new Set<string>()
  #left = MAX_ENTRIES

  /** Finds `<dir>/SKILL.md` in each folder of a skills folder. */
  skills(folder: string, scope: Scope): CommandFile[] {
    if (this.#leadsOut(folder, scope)) return []
    return this.#entries(folder).flatMap((entry) => {
      if (!entry.isDirectory() && !entry.isSymbolicLink()) return []
      const skillFolder = join(folder, entry.name)
      const path = join(skillFolder, 'SKILL.md')
      if (!this.#stat(path)?.isFile() || this.#leadsOut(path, scope) || !this.#isNew(path)) return []
      return [fileOf(scope, entry.name, path, skillFolder)]
    })
  }

  /** Finds every `*.md` below a commands folder; the path becomes the name. */
  commands(folder: string, scope: Scope): CommandFile[] {
    const real = this.#realPath(folder)
    if (real === null || this.#leadsOut(folder, scope)) return []
    return this.#walk(folder, real, '', scope, [real])
  }

  #walk(folder: string, real: string, prefix: string, scope: Scope, above: readonly string[]): CommandFile[] {
    const entries = this.#entries(folder)
    const skill = prefix !== '' && entries.some(({ name }) => name === 'SKILL.md')
    if (skill) {
      // A SKILL.md makes the whole folder one skill and hides the other files in it.
      const path = join(folder, 'SKILL.md')
      if (!this.#stat(path)?.isFile() || this.#leadsOut(path, scope) || !this.#isNew(path)) return []
      return [fileOf(scope, prefix.slice(0, -1), path, folder)]
    }
    return entries.flatMap((entry) => {
      const path = join(folder, entry.name)
      const linked = entry.isSymbolicLink()
      const kind: Dirent | Stats | null = linked ? this.#target(path) : entry
      if (kind?.isDirectory()) {
        const below = linked ? this.#realPath(path) : join(real, entry.name)
        if (below === null || (linked && this.#leadsOut(path, scope))) return []
        if (above.includes(below)) {
          this.problems.push(`${path} links back to a folder above it; it is not followed.`)
          return []
        }
        return this.#walk(path, below, `${prefix}${entry.name}:`, scope, [...above, below])
      }
      if (!entry.name.endsWith('.md') || entry.name === '.md') return []
      if (kind === null) return []
      if (!kind.isFile()) {
        this.problems.push(`${path} is not a regular file; it is ignored.`)
        return []
      }
      const realFile = linked ? this.#realPath(path) : join(real, entry.name)
      if (realFile === null || this.#visited.has(realFile) || (linked && this.#leadsOut(path, scope))) return []
      this.#visited.add(realFile)
      return [fileOf(scope, prefix + entry.name.slice(0, -3), path, null)]
    })
  }

  #entries(folder: string): Dirent[] {
    if (this.#left < 0) return []
    try {
      const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => this.#isPlain(folder, name))
      this.#left -= entries.length
      if (this.#left < 0) this.problems.push(`${folder}: more than ${MAX_ENTRIES} files; the rest is ignored.`)
      return this.#left < 0 ? [] : entries
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.problems.push(`${folder} could not be read (${code}).`)
      return []
    }
  }

  /** Returns the stats of a link's target; a broken link to a `.md` file is reported as a problem. */
  #target(path: string): Stats | null {
    const stats = this.#stat(path)
    if (stats === null && path.endsWith('.md') && this.problems.at(-1)?.startsWith(`${path} `) !== true) {
      this.problems.push(`${path} could not be read (ENOENT).`)
    }
    return stats
  }

  #stat(path: string): Stats | null {
    try {
      return statSync(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ELOOP' || code === 'EACCES') this.problems.push(`${path} could not be read (${code}).`)
      return null
    }
  }

  /** Whether a path of an untrusted folder leads out of it: what it names would be read and sent to the model. */
  #leadsOut(path: string, { within }: Scope): boolean {
    if (within === null) return false
    const real = this.#realPath(path)
    if (real === null || isWithin(real, within)) return false
    this.problems.push(`${path} leads out of ${within}, which you have not trusted; it is ignored.`)
    return true
  }

  #realPath(path: string): string | null {
    try {
      return realpathSync.native(path)
    } catch {
      return null
    }
  }

  /** A name with control characters could send escape sequences to a terminal, and it cannot be typed. */
  #isPlain(folder: string, name: string): boolean {
    if (!/\p{Cc}/u.test(name)) return true
    this.problems.push(`${join(folder, name)} has control characters in its name; it is ignored. Rename it.`)
    return false
  }

  #isNew(path: string): boolean {
    const real = this.#realPath(path) ?? path
    if (this.#visited.has(real)) return false
    this.#visited.add(real)
    return true
  }
}

function fileOf({ source, trusted }: Scope, name: string, path: string, skillFolder: string | null): CommandFile {
  return { name, path, source, skillFolder, trusted }
}
