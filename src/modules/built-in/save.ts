import type { Module } from '../module.js'

/** Writes a thread into files and returns their paths; `name` is the text the user typed, possibly empty. */
export type SaveSession = (threadId: string, name: string, cwd: string) => Promise<readonly string[]>

/** Creates `/save [name or path]`: writes the conversation into files. */
export function saveModule(save: () => SaveSession | undefined): Module {
  return {
    name: 'save',
    aliases: ['save-session'],
    description: 'Write this conversation into Markdown and JSON files',
    argumentHint: '[name or path]',
    canHandle: (command) => command === 'save' || command === 'save-session',
    async executeLocally(_command, args, { sessionId, cwd }) {
      const write = save()
      if (write === undefined) {
        return 'Nothing was saved: this run is not recorded (`sessions` is off in the settings or by `--plus-no-sessions`).'
      }
      const files = await write(sessionId, args.trim(), cwd)
      return ['Saved this conversation:', '', ...files.map((file) => `- \`${file}\``)].join('\n')
    },
  }
}
