import { isAbsolute, posix, resolve } from 'node:path'
import { wildcard } from '../config/wildcard.js'

/** Whether a gitignore-like pattern (`//abs`, `~/x`, `/x` and `./x` from `cwd`, `name` anywhere below it) covers a path. */
export function matchesPattern(pattern: string, path: string, cwd: string, home: string): boolean {
  const { base, glob } = anchor(pattern, cwd, home)
  const below = posix.relative(base, path)
  if (below.startsWith('../') || below === '..' || isAbsolute(below)) return false
  return covers(glob.split('/').filter(Boolean), below.split('/').filter(Boolean))
}

/** Whether everything that a pattern covers lies in a folder: its fixed beginning is something below that folder. */
export function liesBelow(pattern: string, folder: string, cwd: string, home: string): boolean {
  const { base, glob } = anchor(pattern, cwd, home)
  const names = glob.split('/').filter(Boolean)
  const end = names.findIndex((name) => /[*?[]/.test(name))
  const fixed = resolve(base, ...(end < 0 ? names : names.slice(0, end)))
  return fixed !== base && fixed.startsWith(folder === '/' ? '/' : `${folder}/`)
}

function anchor(pattern: string, cwd: string, home: string): { base: string; glob: string } {
  if (pattern.startsWith('//')) return { base: '/', glob: pattern.slice(2) }
  if (pattern === '~' || pattern.startsWith('~/')) return { base: home, glob: pattern.slice(2) }
  if (pattern.startsWith('/')) return { base: cwd, glob: pattern.slice(1) }
  if (/^\.\.?(?:\/|$)/.test(pattern)) return climb(pattern, cwd)
  // As in gitignore: without a slash in the middle the name is looked for at every depth.
  const anywhere = !pattern.replace(/\/$/, '').includes('/')
  return { base: cwd, glob: anywhere ? `**/${pattern}` : pattern }
}

function climb(pattern: string, cwd: string): { base: string; glob: string } {
  const segments = pattern.split('/')
  const up = segments.findIndex((segment) => segment !== '.' && segment !== '..')
  const steps = up < 0 ? segments : segments.slice(0, up)
  return { base: resolve(cwd, ...steps), glob: up < 0 ? '' : segments.slice(up).join('/') }
}

/** Matches segment by segment, from the end of the path backwards over one row; a folder covers what is in it. */
function covers(globs: string[], names: string[]): boolean {
  // reached[j]: the globs so far cover exactly the first j names.
  let reached = [true, ...names.map(() => false)]
  for (const glob of globs.slice(0, 200)) {
    const test = glob === '**' ? undefined : segmentPattern(glob)
    const next = names.map(() => false)
    next.unshift(false)
    for (let j = 0; j <= names.length; j++) {
      if (test === undefined) next[j] = reached[j] === true || (j > 0 && next[j - 1] === true)
      else if (j > 0) next[j] = reached[j - 1] === true && test(names[j - 1] as string)
    }
    reached = next
  }
  return globs.length <= 200 && reached.includes(true)
}

function segmentPattern(glob: string): (name: string) => boolean {
  if (!/[*?]/.test(glob)) return (name) => name === glob
  return (name) => wildcard(glob, name)
}
