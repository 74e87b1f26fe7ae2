import MarkdownIt from 'markdown-it'

/**
 * Markdown of a model as HTML that does nothing: HTML in it is escaped, images are links, and only links to http, https
 * and mailto are links; any other stays as it is written. Its headings come below those of the page (`h3`).
 */
export function renderMarkdown(text: string): string {
  return markdown.render(text)
}

const markdown = new MarkdownIt({ html: false, linkify: true }).disable('image')
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
markdown.validateLink = (url) => /^(?:https?|mailto):/i.test(url.trim())

const { rules } = markdown.renderer
const { escapeHtml } = markdown.utils
rules.fence = (tokens, at) => codeHtml(tokens[at]?.content ?? '')
rules.code_block = rules.fence
rules.heading_open = (tokens, at) => `<${lowered(tokens[at]?.tag)}>`
rules.heading_close = (tokens, at) => `</${lowered(tokens[at]?.tag)}>\n`

function codeHtml(code: string): string {
  // The line end in front is the one a browser drops: code that begins with one keeps its own.
  return `<pre class="code">\n${escapeHtml(code.replace(/\n$/, ''))}</pre>\n`
}

function lowered(heading = 'h1'): string {
  return `h${Math.min(6, Number(heading.slice(1)) + 3)}`
}
