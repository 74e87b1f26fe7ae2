import { shortId } from '../session/find-sessions.js'
import { formatMs, formatSize, formatTokens } from '../session/format-units.js'
import { printableLine } from '../terminal/printable.js'
import type { TraceLine } from '../trace/read-trace.js'
import type { TraceEntry } from '../trace/trace-entry.js'
import { type Paint, shorten } from './paint.js'

/** Formats one entry of a trace for a terminal of `width` columns: a request in a few lines, its beginning in one. */
export function traceText(line: TraceLine, width: number, paint: Paint): string {
  const target = `${line.method} ${line.path.split('?')[0] ?? ''}`
  const kind = [line.kind === null || line.kind === 'user' ? '' : line.kind, line.request ?? ''].filter(Boolean)
  // The same row holds the time, the id, the outcome and the duration.
  const shown = shorten(printableLine(target), Math.max(12, width - 45))
  const head = [printableLine(line.at.slice(11, 19)), paint.cyan(printableLine(line.id)), paint.bold(shown)]
  const thread = kind.length === 0 ? [] : [printableLine(kind.join(' '))]
  if (line.thread !== null) thread.push(`thread ${printableLine(shortId(line.thread))}`)
  if (line.event === 'request.begin') return paint.dim([...head, ...thread, 'begins'].join('  '))
  const { status, end, ms, model, error } = line
  const succeeded = error === null && status !== null && status < 400 && (end === 'complete' || end === 'local')
  const outcome = [status === null ? '' : String(status), end].filter(Boolean).map(printableLine).join(' ')
  const facts = [...thread, ...(model === null ? [] : [model]), ...sizes(line)]
  const rows = [
    [...head, (succeeded ? paint.green : paint.red)(outcome), formatMs(ms)].join('  '),
    ...wrap(facts, ', ', width),
    ...wrap(steps(line), ', ', width),
    ...line.notes.map((note) => `    ${shorten(noteText(note, line.project), width - 4)}`),
  ]
  if (line.tokens !== null) rows.push(`    ${formatTokens(line.tokens)} tokens`)
  if (error !== null) rows.push(`    ${paint.red(shorten(printableLine(error), width - 4))}`)
  if (line.kept) rows.push(paint.dim(`    kept: codex-plus plus replay ${printableLine(line.id)}`))
  return rows.join('\n')
}

function sizes({ bytes, encoding, changed, via, sent: sentAs }: Extract<TraceLine, { event: 'request' }>): string[] {
  if (bytes.came === 0) return []
  if (via === 'ws') {
    const whole = bytes.text === null ? '' : ` of ${formatSize(bytes.text)}`
    const left =
      sentAs === null
        ? []
        : [sentAs === 'as it came' ? 'sent as it came' : `sent as ${sentAs}, ${formatSize(bytes.sent ?? 0)}`]
    return [`${formatSize(bytes.came)}${whole} over WebSocket`, ...left]
  }
  const came = encoding === 'identity' ? formatSize(bytes.came) : `${formatSize(bytes.came)} of ${encoding}`
  const text = bytes.text === null || encoding === 'identity' ? '' : `, ${formatSize(bytes.text)} decoded`
  const sent = bytes.sent === null ? '' : `, sent as ${formatSize(bytes.sent)}`
  return [`${came}${text}`, changed ? `rewritten${sent}` : 'unchanged']
}

function steps({ steps: done, firstEventMs, events }: Extract<TraceLine, { event: 'request' }>): string[] {
  const first = firstEventMs === null ? [] : [`first event after ${formatMs(firstEventMs)}`]
  const seen = events === 0 ? [] : [`${events} ${events === 1 ? 'event' : 'events'}`]
  return [...done.map(({ name, ms }) => `${name} ${formatMs(ms)}`), ...first, ...seen]
}

function noteText({ about, ...fields }: TraceEntry['notes'][number], project: string): string {
  const values = Object.entries(fields).filter(([, value]) => value !== null)
  const texts = values.map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return printableLine(`${about}: ${texts.join(', ')}`).replaceAll(`${project}/`, '')
}

/** Joins words into indented lines of at most `width` columns. */
function wrap(words: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = []
  for (const word of words.map(printableLine)) {
    const last = lines.at(-1)
    const longer = last === undefined ? `    ${word}` : `${last}${separator}${word}`
    if (last !== undefined && longer.length <= width - 1) lines[lines.length - 1] = longer
    else lines.push(`    ${word}`)
  }
  return lines
}
