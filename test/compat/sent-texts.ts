import type { ClaudeRun } from './run-claude.js'

/** What Claude Code adds on its own account: reminders, and the header of a command. */
const OWN = /^(<system-reminder>|<command-message>|<local-command-)/

/** What a run sent for its prompt, in the form of the recorded cases of commands. */
export function sentBy({ requests }: ClaudeRun, prompt: string): { outcome: string; text?: readonly string[] } {
  const [first] = requests
  if (first === undefined) return { outcome: 'local' }
  const blocks = first.messages.filter(({ role }) => role === 'user').flatMap(({ content }) => textsOf(content))
  // In the request a line end is put behind a text that another one follows.
  const texts = blocks.map((text, at) => (at < blocks.length - 1 ? text.replace(/\n$/, '') : text))
  const isCommand = texts.some((text) => text.startsWith('<command-message>'))
  const own = texts.filter((text) => !OWN.test(text))
  return { outcome: !isCommand && own.join('') === prompt ? 'passthrough' : 'prompt', text: own }
}

function textsOf(content: unknown): string[] {
  if (typeof content === 'string') return [content]
  if (!Array.isArray(content)) return []
  return (content as Array<{ type: string; text?: string }>).flatMap(({ type, text }) =>
    type === 'text' && text !== undefined ? [text] : [],
  )
}
