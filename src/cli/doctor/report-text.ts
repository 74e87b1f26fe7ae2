import { printable } from '../../terminal/printable.js'
import type { Finding } from './finding.js'

const MARKS = { ok: 'ok  ', note: 'note', bad: 'BAD ' } as const

/** Formats the findings for a terminal, with lines of at most `width` columns unless a word is longer. */
export function reportText(findings: readonly Finding[], width: number): string {
  const indent = 5 + Math.max(...findings.map(({ topic }) => topic.length)) + 2
  const lines = findings.flatMap(({ topic, level, text }) => {
    const head = `${MARKS[level]} ${topic}`.padEnd(indent)
    const [first = '', ...rest] = wrap(text, Math.max(30, width - indent))
    return [head + first, ...rest.map((line) => ' '.repeat(indent) + line)]
  })
  const bad = findings.filter(({ level }) => level === 'bad').length
  const summary =
    bad === 0 ? 'No problems found.' : `${bad === 1 ? '1 problem' : `${bad} problems`} to fix: see BAD above.`
  return printable([...lines, '', summary].join('\n'))
}

/** Wraps a text between words; a word longer than a line stays whole, so that a path can be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
