import type { Command } from './read-command.js'

/** What decides which `$1` to `$9` of a body stand for arguments in the `auto` dialect. */
export interface NumberedFile {
  /** Whether the front matter has `argument-hint` or `arguments`. */
  readonly hinted: boolean
  readonly skill: boolean
}

/** What a command file says about its arguments. */
export function numberedFile({ frontMatter, skillFolder }: Pick<Command, 'frontMatter' | 'skillFolder'>): NumberedFile {
  const hinted = frontMatter['argument-hint'] !== undefined || frontMatter.arguments !== undefined
  return { hinted, skill: skillFolder !== null }
}

/**
 * Decides for each `$N` of a body, by its offset, whether it stands for an argument in the `auto` dialect. In 180 of 200
 * real files it is code or money. In a file that declares its arguments and has no `$ARGUMENTS` every one counts; in other
 * command files `$1` to `$9` count in prose; in other skills none does. Inside an awk program none counts anywhere.
 */
export function countedNumbers(body: string, { hinted, skill }: NumberedFile): (at: number) => boolean {
  const awk = awkPrograms(body)
  if (hinted && !body.includes('$ARGUMENTS')) return (at) => !isWithin(at, awk)
  const isZero = (at: number): boolean => /^\$0(?!\w)/.test(body.slice(at, at + 3))
  if (skill) return (at) => isZero(at) && !isWithin(at, awk)
  const code = [...codeBlocks(body), ...codeSpans(body), ...awk].sort((a, b) => a.start - b.start)
  return (at) => {
    if (isZero(at)) return !isWithin(at, awk)
    return /^\$[1-9](?!\w)/.test(body.slice(at, at + 3)) && !isWithin(at, code) && !isMoney(body, at)
  }
}

/** The ranges of a body that are awk programs: the quoted words of an awk command. */
export function awkPrograms(body: string): Range[] {
  return [...body.matchAll(AWK)].flatMap(({ 0: command, index }) =>
    [...command.matchAll(QUOTED)].map(({ 0: quoted, index: at }) => ({
      start: index + at,
      end: index + at + quoted.length,
    })),
  )
}

/** Whether an offset lies in one of the ranges. */
export function isWithin(at: number, ranges: readonly Range[]): boolean {
  return ranges.some(({ start, end }) => at >= start && at < end)
}

export interface Range {
  readonly start: number
  readonly end: number
}

/** An awk command up to the end of its simple command; the quoted words may hold line feeds. */
const AWK = /\b[gmn]?awk\b(?:'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^'"|;&\n`])*/g
const QUOTED = /'[^']*'|"(?:\\[\s\S]|[^"\\])*"/g

/** Fenced and indented code blocks (CommonMark 4.4 and 4.5): whole lines. */
function codeBlocks(body: string): Range[] {
  const ranges: Range[] = []
  let fence: { mark: string; start: number } | null = null
  let afterBlank = true
  let inIndented = false
  let listIndent: number | null = null
  let at = 0
  for (const line of body.split('\n')) {
    const end = at + line.length
    const mark = /^ {0,3}(?:[-*+>]\s+|\d+[.)]\s+)*\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence) {
      const closes = new RegExp(`^\\s*${fence.mark[0] === '`' ? '`' : '~'}{${fence.mark.length},}\\s*$`).test(line)
      if (closes) {
        ranges.push({ start: fence.start, end })
        fence = null
      }
    } else if (mark !== undefined) {
      fence = { mark, start: at }
      inIndented = false
    } else if (line.trim() === '') {
      afterBlank = true
    } else {
      const indent = /^[ \t]*/.exec(line)?.[0].replaceAll('\t', '    ').length ?? 0
      const item = /^([ \t]*(?:[-*+]|\d+[.)])[ \t]+)/.exec(line)?.[1]
      // A line of a list item is indented by its marker; code in it by four more.
      const base: number = listIndent !== null && indent >= listIndent ? listIndent : 0
      if (base === 0 && indent < 2) listIndent = null
      inIndented = indent - base >= 4 && (afterBlank || inIndented)
      if (inIndented) ranges.push({ start: at, end })
      else if (item !== undefined) listIndent = item.replaceAll('\t', '    ').length
      afterBlank = false
    }
    at = end + 1
  }
  if (fence) ranges.push({ start: fence.start, end: body.length })
  return ranges
}

/** Inline code of more than one word: a command, not a path or a name with a placeholder in it. */
function codeSpans(body: string): Range[] {
  return [...body.matchAll(/(?<!`)(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g)].flatMap(({ 0: whole, 2: text = '', index }) =>
    /\s/.test(text.trim()) && !text.includes('\n\n') ? [{ start: index, end: index + whole.length }] : [],
  )
}

/** `$1,000`, `$2.5`, `$3/M`, `$5-10`, `<$5`, `US$5`, `$5 per month`; `$5k` is no placeholder at all. */
function isMoney(body: string, at: number): boolean {
  const before = body.slice(Math.max(0, at - 3), at)
  const after = body.slice(at + 2, at + 24)
  if (/^(?:,\d|\.\d|[-–—]\d|\s?\+(?:\s|$))/.test(after)) return true
  if (
    /^\s?\/\s?(?:[A-Z](?![\w/])|\d|(?:mo|month|yr|year|hr|hour|day|week|wk|user|seat|token|tok|request|req|call|min|sec|unit|GB|MB|KB|TB)s?\b)/.test(
      after,
    )
  ) {
    return true
  }
  if (
    /^\s?(?:USD|EUR|dollars?|cents?|bucks|million|billion|thousand|bn|per\s|a\s(?:month|year|day|week)|each\b|monthly|yearly)/i.test(
      after,
    )
  ) {
    return true
  }
  if (/(?:[<>]=?|[≤≥~≈])\s?$/.test(before) && !after.startsWith('>')) return true
  return /(?:\b(?:US|AU|CA|NZ|HK|SG|A|C|S))$/.test(before)
}
