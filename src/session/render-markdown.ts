import { createRequire } from 'node:module'
import type { MarkdownIt } from 'markdown-it'

/**
 * Markdown of a model as HTML that does nothing: HTML in it is escaped, images are links, and only links to http, https
 * and mailto are links; any other stays as it is written. Its headings come below those of the page (`h3`).
 */
export function renderMarkdown(text: string): string {
  renderer ??= createRenderer()
  return renderer.render(text)
}

let renderer: MarkdownIt | undefined

/** Loads the library (some ms) only where a page is written: lists of sessions do not wait for it. */
function createRenderer(): MarkdownIt {
  const Renderer = createRequire(import.meta.url)('markdown-it') as typeof MarkdownIt
  const markdown = new Renderer({ html: false, linkify: true }).disable('image')
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  markdown.validateLink = (url) => /^(?:https?|mailto):/i.test(url.trim())
  const { rules } = markdown.renderer
  // The line end in front is the one a browser drops: code that begins with one keeps its own.
  rules.fence = (tokens, at) =>
    `<pre class="code">\n${markdown.utils.escapeHtml((tokens[at]?.content ?? '').replace(/\n$/, ''))}</pre>\n`
  rules.code_block = rules.fence
  rules.heading_open = (tokens, at) => `<${lowered(tokens[at]?.tag)}>`
  rules.heading_close = (tokens, at) => `</${lowered(tokens[at]?.tag)}>\n`
  return markdown
}

function lowered(heading = 'h1'): string {
  return `h${Math.min(6, Number(heading.slice(1)) + 3)}`
}
