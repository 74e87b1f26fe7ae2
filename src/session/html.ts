import type { Conversation, ConversationStep, ConversationTurn } from './conversation.js'
import { answerTitle } from './markdown.js'
import type { RequestEntry, Written } from './session-entry.js'
import { formatMs, formatSize, formatTime, formatTokens } from './units.js'

/**
 * A conversation as one HTML page that loads nothing: the typed and the sent form of each prompt side by side, tools,
 * answers, times and tokens. Every text is escaped, and the page's policy runs no script.
 */
export function toHtml(conversation: Conversation): string {
  const { title, thread, kind, project, started, updated, models, turns, tokens, parent, forkedFrom } = conversation
  const heading = escapeHtml(title || 'A thread without a prompt')
  const facts: Array<[string, string | null]> = [
    ['thread', `${thread}${kind === 'user' ? '' : ` (${kind})`}`],
    ['started by', parent],
    ['forked from', forkedFrom],
    ['project', project],
    ['model', models.join(', ') || 'not said'],
    ['time', `${formatTime(started)} to ${formatTime(updated)} UTC`],
    ['tokens', formatTokens(tokens)],
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
<dl>${facts.map(([name, value]) => (value === null ? '' : `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`)).join('')}</dl>
</header>
<main>
${turns.map(turnHtml).join('\n')}
</main>
</body>
</html>
`
}

/** A text as it may stand in an element or an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function turnHtml(turn: ConversationTurn, index: number): string {
  const cost = [formatTime(turn.at), formatMs(turn.ms), formatTokens(turn.tokens)].join(' · ')
  const steps = turn.steps.map(stepHtml).join('\n')
  return `<section id="turn-${index + 1}">
<h2>${index + 1} <small>${escapeHtml(cost)}</small></h2>
${steps}
${requestsHtml(turn.requests)}
</section>`
}

function stepHtml(step: ConversationStep): string {
  switch (step.type) {
    case 'prompt': {
      const images =
        step.images > 0 ? `<p class="note">With ${step.images} ${step.images === 1 ? 'image' : 'images'}.</p>` : ''
      const note = step.local ? ' (answered here, not sent)' : ''
      if (step.sent === null) return `<div class="prompt">${block(`You${note}`, step.typed)}${images}</div>`
      return `<div class="prompt pair">${block('You typed', step.typed)}${block('Sent to the model', step.sent)}${images}</div>`
    }
    case 'answer':
      return `<div class="answer"><h3>${escapeHtml(answerTitle(step))}</h3>${answerHtml(step.text)}</div>`
    case 'reasoning':
      return details('Reasoning', pre(step.text))
    case 'tool':
      return details(
        `Tool ${step.name}`,
        `${pre(step.input)}${step.output === null ? '<p class="note">No output was seen.</p>' : pre(step.output)}`,
      )
    case 'hook': {
      const verdict = step.blocked ? 'blocked' : (step.decision ?? 'passed')
      const runs = step.runs.map(({ command, outcome, ms }) => `${command}: ${outcome}, ${formatMs(ms)}`)
      return details(`Hook ${step.event}: ${verdict}`, pre([step.reason ?? '', ...runs].filter(Boolean).join('\n')))
    }
  }
}

function requestsHtml(requests: ReadonlyArray<Written<RequestEntry>>): string {
  if (requests.length === 0) return ''
  const rows = requests.map((request) => {
    const { kind, model, status, end, ms, firstEventMs, bytes, tokens, error, steps } = request
    const cells = [
      kind,
      model ?? '',
      status === null ? end : `${status} ${end}`,
      formatMs(ms),
      firstEventMs === null ? '' : formatMs(firstEventMs),
      formatSize(bytes.sent),
      tokens === null ? '' : formatTokens(tokens),
      Object.entries(steps)
        .map(([name, took]) => `${name} ${formatMs(took)}`)
        .join(', '),
    ]
    const failure = error === null ? '' : `<tr><td colspan="8" class="error">${escapeHtml(error)}</td></tr>`
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>${failure}`
  })
  const head = ['request', 'model', 'end', 'time', 'first event', 'sent', 'tokens', 'steps']
  const table = `<table><thead><tr>${head.map((name) => `<th>${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`
  return details(
    `${requests.length} ${requests.length === 1 ? 'request' : 'requests'}`,
    `<div class="wide">${table}</div>`,
  )
}

function block(title: string, text: string): string {
  return `<div><h3>${escapeHtml(title)}</h3>${pre(text)}</div>`
}

/** An answer's Markdown as it was written, but for its fenced code, whose columns have to stand. */
function answerHtml(text: string): string {
  const parts = text.split(/^(?:```|~~~)[^\n]*\n([\s\S]*?)^(?:```|~~~)[ \t]*$/m)
  return parts
    .map((part, at) => {
      if (at % 2 === 1) return `<pre class="code">\n${escapeHtml(part.replace(/\n$/, ''))}</pre>`
      const prose = parts.length === 1 ? part : part.trim()
      return prose === '' && parts.length > 1 ? '' : pre(prose)
    })
    .join('')
}

function details(summary: string, inner: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>${inner}</details>`
}

function pre(text: string): string {
  // The line end in front is the one a parser drops: a text that begins with one keeps its own.
  return `<pre>\n${escapeHtml(text)}</pre>`
}

const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --text: #1f2328; --dim: #59636e; --bad: #b42318; --back: #fff }
@media (prefers-color-scheme: dark) {
:root { --line: #3d444d; --soft: #161b22; --text: #e6edf3; --dim: #9198a1; --bad: #ff7b72; --back: #0d1117 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.4rem; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem }
h3, summary { font-size: .85rem; color: var(--dim); margin: .75rem 0 .25rem }
small, .note { color: var(--dim); font-weight: normal }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .9rem }
dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
pre { margin: 0; padding: .6rem .8rem; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace }
details { margin: .5rem 0 } summary { cursor: pointer } details pre { max-height: 30rem; overflow: auto; margin-top: .3rem }
.answer pre:not(.code) { font: inherit; background: none } .answer pre + pre { margin-top: .4rem }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem } .pair > .note { grid-column: 1 / -1 }
@media (max-width: 45rem) { .pair { grid-template-columns: 1fr } }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: .8rem } th, td { border: 1px solid var(--line); padding: .2rem .5rem; text-align: left; vertical-align: top }
.error { color: var(--bad) }
`
