/** So many problems of one file are written out. */
const LIMIT = 5

/** The file that a problem is about: problems begin with `FILE:LINE: ` or `FILE: `. */
const FILE = /^(.+?)(?::\d+)?: /

/**
 * The problems that are printed at a start: the first five of each file, then one line that counts the others. A file of
 * somebody else cannot flood the terminal so. Problems that begin with no file are all kept.
 */
export function limitProblems(problems: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const problem of problems) {
    const file = FILE.exec(problem)?.[1]
    if (file !== undefined) counts.set(file, (counts.get(file) ?? 0) + 1)
  }
  const printed = new Map<string, number>()
  return problems.flatMap((problem) => {
    const file = FILE.exec(problem)?.[1]
    if (file === undefined) return [problem]
    const before = printed.get(file) ?? 0
    printed.set(file, before + 1)
    if (before < LIMIT) return [problem]
    const others = (counts.get(file) ?? 0) - LIMIT
    return before === LIMIT ? [`${file}: and ${others} more ${others === 1 ? 'problem' : 'problems'}.`] : []
  })
}
