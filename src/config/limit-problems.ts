/** How many problems of one file are printed. */
const LIMIT = 5

/** Matches the file at the beginning of a problem: `FILE:LINE: ` or `FILE: `. */
const FILE = /^(.+?)(?::\d+)?: /

/**
 * Returns the problems to print: the first five of each file and one line that counts the others, so that a file cannot
 * flood the terminal. Problems that do not begin with a file are all kept.
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
