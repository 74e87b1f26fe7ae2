import type { Conversation, ConversationStep, ConversationTurn } from '../session/conversation.js'
import { type SessionRow, shortId } from '../session/find-sessions.js'
import { formatMs, formatTime, formatTokens } from '../session/format-units.js'
import { answerTitle } from '../session/markdown-export.js'
import { printable, printableLine } from '../terminal/printable.js'
import { type Paint, shorten } from './paint.js'

/** Formats the list of sessions for a terminal of `width` columns, one line each. */
export function sessionListText(rows: readonly SessionRow[], width: number, paint: Paint): string {
  if (rows.length === 0) return 'No session was found.'
  const projects = rows.map(({ project }) => printableLine(project.split('/').at(-1) ?? ''))
  // The project column is shown only for more than one project.
  const several = new Set(rows.map(({ project }) => project)).size > 1
  const projectWidth = several ? Math.min(16, Math.max(7, ...projects.map((name) => name.length))) : 0
  const column = (text: string): string[] => (several ? [shorten(text, projectWidth).padEnd(projectWidth)] : [])
  const room = width - 8 - 2 - 16 - 2 - 5 - 2 - (several ? projectWidth + 2 : 0)
  const lines = rows.map(({ thread, updated, turns, title, kind }, index) => {
    const prompt = shorten(printableLine(kind === 'user' ? title : `(${kind}) ${title}`), room)
    const when = formatTime(updated).slice(0, 16)
    const fixed = [paint.cyan(shortId(thread)), when, String(turns).padStart(5)]
    return [...fixed, ...column(projects[index] ?? '').map(paint.dim), prompt].join('  ')
  })
  const head = ['id      ', 'last used (UTC) ', 'turns', ...column('project'), 'first prompt'].join('  ')
  return [paint.bold(shorten(head, width)), ...lines].join('\n')
}

/** Formats a conversation for a terminal: prompts as typed and as sent, answers, and tools (shortened unless `full`). */
export function sessionText(conversation: Conversation, paint: Paint, full: boolean): string {
  const { thread, kind, project, started, updated, models, turns, tokens } = conversation
  const facts = [
    ['thread', `${thread}${kind === 'user' ? '' : ` (${kind})`}`],
    ['project', project],
    ['model', models.join(', ') || 'unknown'],
    ['time', `${formatTime(started)} to ${formatTime(updated)} UTC`],
    ['tokens', formatTokens(tokens)],
  ]
  const head = facts.map(([name = '', value = '']) => `${paint.dim(name.padEnd(8))}${printableLine(value)}`)
  return [head.join('\n'), ...turns.map((turn, index) => turnText(turn, index, paint, full))].join('\n\n')
}

function turnText(turn: ConversationTurn, index: number, paint: Paint, full: boolean): string {
  const cost = [formatTime(turn.at), formatMs(turn.ms), formatTokens(turn.tokens)].join(', ')
  const failures = turn.requests.flatMap(({ error }) => (error === null ? [] : [paint.red(`! ${printable(error)}`)]))
  const steps = turn.steps.map((step) => stepText(step, paint, full))
  return [paint.bold(`${index + 1}. ${cost}`), ...steps, ...failures].join('\n')
}

function stepText(step: ConversationStep, paint: Paint, full: boolean): string {
  switch (step.type) {
    case 'prompt': {
      const images = step.images > 0 ? paint.dim(`  [${step.images} ${step.images === 1 ? 'image' : 'images'}]`) : ''
      const typed = `${paint.green('> ')}${indent(step.typed)}${images}`
      if (step.sent === null) return typed
      return `${typed}\n${paint.dim('  was sent as')}\n  ${indent(full ? step.sent : short(step.sent, 12))}`
    }
    case 'answer': {
      const title = step.local || step.partial ? `${paint.dim(`  ${answerTitle(step)}`)}\n` : ''
      return `${title}  ${indent(step.text.trimEnd())}`
    }
    case 'reasoning':
      return paint.dim(`  ${indent(full ? step.text : short(step.text, 2))}`)
    case 'tool': {
      const output = step.output === null ? 'no output recorded' : full ? step.output : short(step.output, 3)
      const input = full ? step.input : short(step.input, 3)
      return `${paint.cyan(`  * ${printableLine(step.name)}`)} ${indent(input, 4)}\n    ${paint.dim(indent(output, 4))}`
    }
    case 'hook': {
      const line = `hook ${printableLine(step.event)}: ${step.blocked ? 'blocked' : (step.decision ?? 'passed')}`
      return paint.dim(`  * ${line}${step.reason ? `: ${indent(step.reason, 4)}` : ''}`)
    }
  }
}

function short(text: string, lines: number): string {
  const all = text.trimEnd().split('\n')
  if (all.length <= lines) return text.trimEnd()
  return [...all.slice(0, lines), `[${all.length - lines} more lines]`].join('\n')
}

function indent(text: string, by = 2): string {
  return printable(text)
    .split('\n')
    .join(`\n${' '.repeat(by)}`)
}
