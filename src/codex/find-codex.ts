import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { CodexPlusError } from '../errors.js'
import { isWithin } from '../paths.js'
import { isExecutable } from '../process/executable.js'
import { nativeCodex } from './skip-launcher.js'

/** The codex executable that is run, and those that were ignored. */
export interface FoundCodex {
  readonly file: string
  /** Arguments before codex's own: the launcher's path when Node runs it. */
  readonly argsPrefix: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly source: 'path' | 'env' | 'package'
  /** The path that was found, before an npm launcher was resolved to its binary. */
  readonly found: string
  readonly ignored: ReadonlyArray<{ path: string; reason: string }>
}

export interface FindOptions {
  readonly env: NodeJS.ProcessEnv
  /** The project folder, whose executables are not run; null when there is none. */
  readonly projectRoot: string | null
  /** The real path of codex-plus's own executable, which must never be taken for codex. */
  readonly ownProgram: string
}

/** Finds codex: on PATH, else CODEX_PLUS_CODEX, else the `@openai/codex` package. Throws CP_CODEX_NOT_FOUND. */
export function findCodex(options: FindOptions): FoundCodex {
  const ignored: Array<{ path: string; reason: string }> = []
  const onPath = findOnPath(options, ignored)
  const named = options.env.CODEX_PLUS_CODEX
  const choice =
    onPath !== null
      ? ({ found: onPath, source: 'path' } as const)
      : named
        ? ({ found: requireFile(resolve(named), options.ownProgram), source: 'env' } as const)
        : ({ found: findPackage(), source: 'package' } as const)
  if (choice.found === null) {
    throw new CodexPlusError('CP_CODEX_NOT_FOUND', 'There is no codex on PATH.', {
      hint: 'Install it with `npm install -g @openai/codex`, or name it in CODEX_PLUS_CODEX.',
    })
  }
  const real = realpathSync(choice.found)
  // A link to the codex that is run anyway (from a project's node_modules, say) is not reported as ignored.
  const others = ignored.filter(({ path }) => realpathSync(path) !== real)
  return { ...runnable(choice.found, options.env), source: choice.source, found: choice.found, ignored: others }
}

function findOnPath(options: FindOptions, ignored: Array<{ path: string; reason: string }>): string | null {
  for (const entry of (options.env.PATH ?? '').split(delimiter)) {
    const path = executableIn(entry || '.')
    if (path === null) continue
    if (!isAbsolute(entry)) {
      ignored.push({ path, reason: 'its PATH entry is relative' })
    } else if (options.projectRoot !== null && isInProject(path, options.projectRoot)) {
      ignored.push({ path, reason: "it is inside the project's folder" })
    } else if (startsCodexPlus(path, options.ownProgram)) {
      if (realpathSync(path) !== options.ownProgram) ignored.push({ path, reason: 'it calls codex-plus' })
    } else {
      return path
    }
  }
  return null
}

/**
 * Finds the codex executable in a folder; null when there is none. On Windows npm's `codex.cmd` is a shell script that
 * cannot be spawned directly, so its launcher is returned instead.
 */
export function executableIn(folder: string, platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'win32') {
    const path = join(folder, 'codex')
    return isExecutable(path) ? path : null
  }
  const program = join(folder, 'codex.exe')
  if (isExecutable(program)) return program
  const launcher = join(folder, 'node_modules', '@openai', 'codex', 'bin', 'codex.js')
  return existsSync(join(folder, 'codex.cmd')) && existsSync(launcher) ? launcher : null
}

/** Compares real paths as well: a PATH entry may reach the project through a link. */
function isInProject(path: string, projectRoot: string): boolean {
  return isWithin(path, projectRoot) || isWithin(realpathSync(dirname(path)), realpathSync(projectRoot))
}

/** Returns whether a program is codex-plus, or a short script that runs it: the two would start each other for ever. */
function startsCodexPlus(path: string, ownProgram: string): boolean {
  if (realpathSync(path) === ownProgram) return true
  try {
    if (statSync(path).size > 16_384) return false
    const text = readFileSync(path, 'latin1')
    return text.startsWith('#!') && /(^|[\s/'"])codex-plus(\.js)?(?=[\s'"]|$)/m.test(withoutComments(text))
  } catch {
    return false
  }
}

function withoutComments(script: string): string {
  return script.replace(/^\s*(#|\/\/).*$/gm, '')
}

function requireFile(path: string, ownProgram: string): string {
  if (existsSync(path) && startsCodexPlus(path, ownProgram)) {
    throw new CodexPlusError('CP_CODEX_NOT_FOUND', `CODEX_PLUS_CODEX names ${path}, which is codex-plus itself.`, {
      hint: 'Set it to the path of the codex executable.',
    })
  }
  if (isExecutable(path) || (path.endsWith('.js') && existsSync(path))) return path
  throw new CodexPlusError('CP_CODEX_NOT_FOUND', `CODEX_PLUS_CODEX names ${path}, which is not an executable file.`, {
    hint: 'Set it to the path of the codex executable.',
  })
}

function findPackage(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve('@openai/codex/package.json')
    return join(dirname(manifest), 'bin', 'codex.js')
  } catch {
    return null
  }
}

function runnable(found: string, env: NodeJS.ProcessEnv): Pick<FoundCodex, 'file' | 'argsPrefix' | 'env'> {
  const native = nativeCodex(realpathSync(found), env)
  if (native) return { file: native.file, argsPrefix: [], env: native.env }
  if (found.endsWith('.js')) return { file: process.execPath, argsPrefix: [found], env: {} }
  return { file: found, argsPrefix: [], env: {} }
}
