import { html, raw } from 'hono/html'
import { printable } from '../terminal/printable.js'
import type { Conversation, ConversationStep, ConversationTurn } from './conversation.js'
import { formatMs, formatSize, formatTime, formatTokens } from './format-units.js'
import { answerTitle } from './markdown-export.js'
import { renderMarkdown } from './markdown-to-html.js'
import type { RequestEntry, Written } from './session-entry.js'

/** A part of the page, in which `html` has escaped every text. */
type Html = ReturnType<typeof html>

/**
 * Renders a conversation as one HTML page: the typed and the sent form of each prompt side by side, tools, answers, times
 * and tokens. The page loads nothing and runs no script; texts and control characters in it are escaped.
 */
export function toHtml(conversation: Conversation): string {
  const { title, thread, kind, project, started, updated, models, turns, tokens, parent, forkedFrom } = conversation
  const heading = title || 'A thread without a prompt'
  const facts: Array<[string, string | null]> = [
    ['thread', `${thread}${kind === 'user' ? '' : ` (${kind})`}`],
    ['started by', parent],
    ['forked from', forkedFrom],
    ['project', project],
    ['model', models.join(', ') || 'not said'],
    ['time', `${formatTime(started)} to ${formatTime(updated)} UTC`],
    ['tokens', formatTokens(tokens)],
  ]
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
<dl>${facts.map(([name, value]) => value !== null && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
</header>
<main>
${turns.map(turnHtml)}</main>
</body>
</html>
`
  return printable(String(page))
}

function turnHtml(turn: ConversationTurn, index: number): Html {
  const cost = [formatTime(turn.at), formatMs(turn.ms), formatTokens(turn.tokens)].join(' · ')
  return html`<section id="turn-${index + 1}">
<h2>${index + 1} <small>${cost}</small></h2>
${turn.steps.map(stepHtml)}
${requestsHtml(turn.requests)}
</section>
`
}

function stepHtml(step: ConversationStep): Html {
  switch (step.type) {
    case 'prompt': {
      const images =
        step.images > 0 && html`<p class="note">With ${step.images} ${step.images === 1 ? 'image' : 'images'}.</p>`
      const note = step.local ? ' (answered by codex-plus, not sent)' : ''
      if (step.sent === null) return html`<div class="prompt">${block(`You${note}`, step.typed)}${images}</div>`
      return html`<div class="prompt pair">${block('You typed', step.typed)}${block('Sent to the model', step.sent)}${images}</div>`
    }
    case 'answer':
      return html`<div class="answer"><h3>${answerTitle(step)}</h3>${raw(renderMarkdown(step.text))}</div>`
    case 'reasoning':
      return details('Reasoning', pre(step.text))
    case 'tool': {
      const output = step.output === null ? html`<p class="note">No output was seen.</p>` : pre(step.output)
      return details(`Tool ${step.name}`, html`${pre(step.input)}${output}`)
    }
    case 'hook': {
      const verdict = step.blocked ? 'blocked' : (step.decision ?? 'passed')
      const runs = step.runs.map(({ command, outcome, ms }) => `${command}: ${outcome}, ${formatMs(ms)}`)
      return details(`Hook ${step.event}: ${verdict}`, pre([step.reason ?? '', ...runs].filter(Boolean).join('\n')))
    }
  }
}

function requestsHtml(requests: ReadonlyArray<Written<RequestEntry>>): Html | '' {
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
    const failure = error !== null && html`<tr><td colspan="8" class="error">${error}</td></tr>`
    return html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>${failure}`
  })
  const head = ['request', 'model', 'end', 'time', 'first event', 'sent', 'tokens', 'steps']
  return details(
    `${requests.length} ${requests.length === 1 ? 'request' : 'requests'}`,
    html`<div class="wide"><table><thead><tr>${head.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`,
  )
}

function block(title: string, text: string): Html {
  return html`<div><h3>${title}</h3>${pre(text)}</div>`
}

function details(summary: string, inner: Html): Html {
  return html`<details><summary>${summary}</summary>${inner}</details>`
}

function pre(text: string): Html {
  // HTML parsers drop the first line end in <pre>.
  return html`<pre>\n${text}</pre>`
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
.answer { overflow-wrap: anywhere } .answer :is(p, ul, ol, pre, blockquote, table) { margin: .4rem 0 } .answer table { display: block; overflow-x: auto }
.answer :is(h4, h5, h6) { font-size: 1rem; margin: .75rem 0 .25rem } blockquote { border-left: 3px solid var(--line); padding-left: .8rem }
.answer :not(pre) > code { font: .85em ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: 4px }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem } .pair > .note { grid-column: 1 / -1 }
@media (max-width: 45rem) { .pair { grid-template-columns: 1fr } }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: .8rem } th, td { border: 1px solid var(--line); padding: .2rem .5rem; text-align: left; vertical-align: top }
.error { color: var(--bad) }
`
