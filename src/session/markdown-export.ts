import { writeFrontMatter } from '../commands/write-front-matter.js'
import { printable } from '../terminal/printable.js'
import type { Conversation, ConversationStep, ConversationTurn } from './conversation.js'
import { formatMs, formatTime, formatTokens } from './format-units.js'
import type { PromptEntry, RequestEntry } from './session-entry.js'

/**
 * Renders a conversation as Markdown with front matter (title, date, thread, cwd, model): what was typed, what was sent
 * instead, tools, answers, times and tokens. Control characters are escaped.
 */
export function toMarkdown(conversation: Conversation): string {
  const { thread, kind, project, started, updated, models, turns, tokens } = conversation
  const facts = [
    ['thread', `\`${thread}\`${kind === 'user' ? '' : ` (${kind})`}`],
    ...(conversation.parent === null ? [] : [['started by', `\`${conversation.parent}\``]]),
    ...(conversation.forkedFrom === null ? [] : [['forked from', `\`${conversation.forkedFrom}\``]]),
    ['project', `\`${project}\``],
    ['model', models.join(', ') || 'not said'],
    ['time', `${formatTime(started)} to ${formatTime(updated)} UTC`],
    ['tokens', formatTokens(tokens)],
  ]
  const frontMatter = {
    title: inline(conversation.title),
    date: started,
    thread,
    cwd: project,
    ...(models.length > 0 ? { model: models.join(', ') } : {}),
  }
  const body = [
    `# ${inline(conversation.title) || 'A thread without a prompt'}`,
    facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
    ...turns.flatMap((turn, index) => turnParts(turn, index)),
  ].join('\n\n')
  return printable(writeFrontMatter(frontMatter, `\n${body}`))
}

function turnParts(turn: ConversationTurn, index: number): string[] {
  const cost = [formatTime(turn.at), formatMs(turn.ms), formatTokens(turn.tokens)].join(' · ')
  return [`## ${index + 1}. ${cost}`, ...turn.steps.flatMap(stepParts), ...turn.requests.flatMap(failureParts)]
}

function stepParts(step: ConversationStep): string[] {
  switch (step.type) {
    case 'prompt':
      return promptParts(step)
    case 'answer':
      return [`### ${answerTitle(step)}`, step.text.trimEnd()]
    case 'reasoning':
      return ['### Reasoning', quote(step.text)]
    case 'tool':
      return [
        `### Tool \`${step.name}\``,
        fence(step.input),
        step.output === null ? '_No output was seen._' : fence(step.output),
      ]
    case 'hook': {
      const verdict = step.blocked ? 'blocked' : (step.decision ?? 'passed')
      const runs = step.runs.map(({ command, outcome, ms }) => `- \`${inline(command)}\`: ${outcome}, ${formatMs(ms)}`)
      return [`### Hook ${step.event}: ${verdict}`, ...(step.reason ? [quote(step.reason)] : []), runs.join('\n')]
    }
  }
}

function promptParts({ typed, sent, images, local }: PromptEntry): string[] {
  const extra = images > 0 ? [`_With ${images} ${images === 1 ? 'image' : 'images'}._`] : []
  if (sent === null) return [`### You${local ? ' (answered by codex-plus, not sent)' : ''}`, fence(typed), ...extra]
  return ['### You typed', fence(typed), '### Sent to the model', fence(sent), ...extra]
}

/** What stands over an answer. */
export function answerTitle({ local, partial }: { readonly local: boolean; readonly partial: boolean }): string {
  if (local) return 'codex-plus'
  return partial ? 'Assistant (the stream broke off here)' : 'Assistant'
}

function failureParts({ end, error, kind }: RequestEntry): string[] {
  const parts = kind === 'turn' ? [] : [`_A request of kind ${kind}: ${end}._`]
  return error === null ? parts : [...parts, `> The request failed: ${inline(error)}`]
}

/** A code block whose fence is longer than any in the text. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const marks = '`'.repeat(longest + 1)
  return `${marks}text\n${text.replace(/\n$/, '')}\n${marks}`
}

function quote(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
}

function inline(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
