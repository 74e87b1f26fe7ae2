import MarkdownIt from 'markdown-it'

/**
 * Renders the Markdown of a model as inert HTML. HTML in it is escaped, images become links, and links to anything but
 * http, https and mailto stay text. Headings start at `h4`, below those of the page.
 */
export function renderMarkdown(text: string): string {
  renderer ??= createRenderer()
  return renderer.render(text)
}

let renderer: InstanceType<typeof MarkdownIt> | undefined

function createRenderer(): InstanceType<typeof MarkdownIt> {
  const markdown = new MarkdownIt({ html: false, linkify: true }).disable('image')
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  markdown.validateLink = (url) => /^(?:https?|mailto):/i.test(url.trim())
  const { rules } = markdown.renderer
  // HTML parsers drop the first line end in <pre>.
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
