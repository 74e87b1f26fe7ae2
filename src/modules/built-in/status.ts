import type { Module } from '../module.js'

/** `/status`: this run in a few lines; codex has a `/status` of its own in the TUI, so `/plus` is the way there. */
export function statusModule(topics: () => ReadonlyMap<string, () => string>): Module {
  return {
    name: 'status',
    aliases: ['plus', 'plus-status'],
    description: 'This run: thread, model, upstream, tokens, commands, hooks, MCP, log',
    canHandle: (command) => command === 'status' || command === 'plus' || command === 'plus-status',
    executeLocally(_command, _args, { sessionId, model, effort, cwd }) {
      const own: Array<[string, string]> = [
        ['thread', `\`${sessionId}\``],
        ['model', `${model ?? 'not said'}${effort === null ? '' : `, ${effort} effort`}`],
        ['folder', `\`${cwd}\``],
      ]
      const rows = [...own, ...[...topics()].map(([topic, say]): [string, string] => [topic, said(say)])]
      return ['**codex-plus**', '', ...rows.map(([topic, text]) => `- ${topic}: ${text}`)].join('\n')
    },
  }
}

/** A part that cannot tell costs its own line. */
function said(say: () => string): string {
  try {
    return say()
  } catch (error) {
    return `cannot be told (${(error as Error).message})`
  }
}
