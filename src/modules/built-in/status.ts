import type { Module } from '../module.js'

/** Creates `/status`: shows the state of this run. In the TUI, where codex has its own `/status`, use `/plus`. */
export function statusModule(topics: () => ReadonlyMap<string, () => string>): Module {
  return {
    name: 'status',
    aliases: ['plus', 'plus-status'],
    description: 'This run: thread, model, upstream, tokens, commands, hooks, MCP, log',
    canHandle: (command) => command === 'status' || command === 'plus' || command === 'plus-status',
    executeLocally(_command, _args, { sessionId, model, effort, cwd }) {
      const own: Array<[string, string]> = [
        ['thread', `\`${sessionId}\``],
        ['model', `${model ?? 'unknown'}${effort === null ? '' : `, ${effort} effort`}`],
        ['folder', `\`${cwd}\``],
      ]
      const rows = [...own, ...[...topics()].map(([topic, read]): [string, string] => [topic, readOrError(read)])]
      return ['**codex-plus**', '', ...rows.map(([topic, text]) => `- ${topic}: ${text}`)].join('\n')
    },
  }
}

/** Returns the text of a topic, or the error in its place, so that the other topics are still shown. */
function readOrError(read: () => string): string {
  try {
    return read()
  } catch (error) {
    return `not available (${(error as Error).message})`
  }
}
