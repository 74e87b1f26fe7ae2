import type { Construct, Script, SimpleCommand } from './script.js'

/** Deeper nesting than this is reported as an error, so that the stack is bounded. */
const DEEPEST = 40

/** Where the parser stands. After an error the position is the end, so that every loop runs out. */
export type Scan = {
  text: string
  at: number
  depth: number
  nested: number
  script: Script
  heredocs: { delimiter: string; quoted: boolean; indented: boolean }[]
}

/** A parser at the start of `text`. */
export function scanOf(text: string): Scan {
  const script: Script = { commands: [], separators: [], constructs: new Set<Construct>(), error: undefined }
  return { text, at: 0, depth: 0, nested: 0, script, heredocs: [] }
}

/** A parser of a part of the text that writes to the same script. */
export function scanWithin(scan: Scan, text: string): Scan {
  return { text, at: 0, depth: scan.depth, nested: scan.nested + 1, script: scan.script, heredocs: [] }
}

/** Notes the first syntax error and stops the parser. */
export function fail(scan: Scan, message: string): void {
  scan.script.error ??= { offset: scan.at, message }
  scan.at = scan.text.length
}

/** Runs `step` one level deeper, or fails when it is too deep. */
export function deeper(scan: Scan, step: () => void): void {
  if (scan.depth >= DEEPEST) {
    fail(scan, 'it is nested too deeply')
    return
  }
  scan.depth++
  step()
  scan.depth--
}

/** Adds a command to the script. */
export function keep(scan: Scan, command: Omit<SimpleCommand, 'nested'>): void {
  scan.script.commands.push({ ...command, nested: scan.nested > 0 })
}

/** Whether `text` stands at the position. */
export function ahead(scan: Scan, text: string): boolean {
  return scan.text.startsWith(text, scan.at)
}

/** Blanks, continued lines and a comment are passed over; newlines are not. */
export function skipBlanks(scan: Scan): void {
  for (;;) {
    const char = scan.text[scan.at]
    if (char === ' ' || char === '\t') scan.at++
    else if (char === '\\' && scan.text[scan.at + 1] === '\n') scan.at += 2
    else if (char === '#') {
      scan.script.constructs.add('comment')
      const end = scan.text.indexOf('\n', scan.at)
      scan.at = end < 0 ? scan.text.length : end
    } else return
  }
}
