import { printable } from '../../terminal/printable.js'
import type { Finding } from './finding.js'

const MARKS = { ok: 'ok  ', note: 'note', bad: 'BAD ' } as const

/** The findings for a person: a topic's name once, and lines no longer than `width`, where words allow it. */
export function reportText(findings: readonly Finding[], width: number): string {
  const indent = 5 + Math.max(...findings.map(({ topic }) => topic.length)) + 2
  const lines = findings.flatMap(({ topic, level, text }) => {
    const head = `${MARKS[level]} ${topic}`.padEnd(indent)
    const [first = '', ...rest] = wrap(text, Math.max(30, width - indent))
    return [head + first, ...rest.map((line) => ' '.repeat(indent) + line)]
  })
  const bad = findings.filter(({ level }) => level === 'bad').length
  const sum = bad === 0 ? 'Nothing is broken.' : `${bad === 1 ? 'One thing' : `${bad} things`} to mend: see BAD above.`
  return printable([...lines, '', sum].join('\n'))
}

/** Breaks a text between words; a word that is longer than a line stays whole, so that a path can be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
