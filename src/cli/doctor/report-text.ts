import { printableLine } from '../../terminal/printable.js'
import { createPaint, type Paint } from '../../view/paint.js'
import type { Finding } from './finding.js'

const MARKS = { ok: 'ok  ', note: 'note', bad: 'BAD ' } as const
const GROUPS = [
  ['ok', 'Good'],
  ['note', 'Note'],
  ['bad', 'Bad'],
] as const

/**
 * Formats the findings for a terminal, grouped by level, with lines of at most `width` columns unless a word is longer.
 * `sections` stand between the findings and the summary.
 */
export function reportText(
  findings: readonly Finding[],
  width: number,
  paint: Paint = createPaint({}, {}),
  sections: readonly string[] = [],
): string {
  const indent = 5 + Math.max(...findings.map(({ topic }) => topic.length)) + 2
  const colour = { ok: paint.green, note: paint.cyan, bad: paint.red }
  const linesOf = ({ topic, level, text }: Finding): string[] => {
    const [first = '', ...rest] = wrap(printableLine(text), Math.max(30, width - indent))
    const head = `${colour[level](MARKS[level])} ${printableLine(topic).padEnd(indent - 5)}`
    return [head + first, ...rest.map((line) => ' '.repeat(indent) + line)]
  }
  const groups = GROUPS.flatMap(([level, name]) => {
    const rows = findings.filter((finding) => finding.level === level)
    return rows.length === 0 ? [] : [[paint.bold(name), ...rows.flatMap(linesOf)].join('\n')]
  })
  const bad = findings.filter(({ level }) => level === 'bad').length
  const summary =
    bad === 0 ? 'No problems found.' : `${bad === 1 ? '1 problem' : `${bad} problems`} to fix: see BAD above.`
  return [...groups, ...sections, summary].join('\n\n')
}

/** Wraps a text between words; a word longer than a line stays whole, so that a path can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
