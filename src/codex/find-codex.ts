import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { CodexPlusError } from '../errors.js'
import { isWithin } from '../paths.js'
import { isExecutable } from '../process/executable.js'
import { nativeCodex } from './codex-binary.js'

/** The codex that is run, and those that were passed over. */
export interface FoundCodex {
  readonly file: string
  /** Arguments before codex's own: the launcher's path where it is run by node. */
  readonly argsPrefix: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly source: 'path' | 'env' | 'package'
  /** What was found, before an npm launcher was looked through. */
  readonly found: string
  readonly ignored: ReadonlyArray<{ path: string; reason: string }>
}

export interface FindOptions {
  readonly env: NodeJS.ProcessEnv
  /** The project's folder, whose executables are not obeyed; null where there is none to fear. */
  readonly projectRoot: string | null
  /** Our own executable's real path, which must never be taken for codex. */
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
  // What a project's node_modules links to is no stranger when it is what we run anyway.
  const strangers = ignored.filter(({ path }) => realpathSync(path) !== real)
  return { ...runnable(choice.found, options.env), source: choice.source, found: choice.found, ignored: strangers }
}

function findOnPath(options: FindOptions, ignored: Array<{ path: string; reason: string }>): string | null {
  for (const entry of (options.env.PATH ?? '').split(delimiter)) {
    const path = executableIn(entry || '.')
    if (path === null) continue
    if (!isAbsolute(entry)) {
      ignored.push({ path, reason: 'its PATH entry is relative' })
    } else if (options.projectRoot !== null && liesWithin(path, options.projectRoot)) {
      ignored.push({ path, reason: "it lies in the project's folder" })
    } else if (callsUs(path, options.ownProgram)) {
      if (realpathSync(path) !== options.ownProgram) ignored.push({ path, reason: 'it calls codex-plus' })
    } else {
      return path
    }
  }
  return null
}

/**
 * The codex of a folder; null where there is none. npm's `codex.cmd` of Windows is a shell script, which no program can be
 * started by: its launcher is named in its place.
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

/** The folder counts by its real path: a PATH entry may reach the project through a link. */
function liesWithin(path: string, projectRoot: string): boolean {
  return isWithin(path, projectRoot) || isWithin(realpathSync(dirname(path)), realpathSync(projectRoot))
}

/** Whether a program is ourselves, or a short script that runs us: then each would start the other for ever. */
function callsUs(path: string, ownProgram: string): boolean {
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
  if (existsSync(path) && callsUs(path, ownProgram)) {
    throw new CodexPlusError('CP_CODEX_NOT_FOUND', `CODEX_PLUS_CODEX names ${path}, which is codex-plus itself.`, {
      hint: 'Name the codex that it shall run.',
    })
  }
  if (isExecutable(path) || (path.endsWith('.js') && existsSync(path))) return path
  throw new CodexPlusError('CP_CODEX_NOT_FOUND', `CODEX_PLUS_CODEX names ${path}, which is no executable file.`)
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
