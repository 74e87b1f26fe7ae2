import type { Module } from '../module.js'

/** A module of ours that only writes a prompt. */
export interface PromptModule {
  readonly name: string
  readonly aliases: readonly string[]
  readonly description: string
  readonly argumentHint: string
  /** The prompt for what was typed behind the name, which may be empty. */
  prompt(args: string): string
}

/** Makes a module of a prompt. */
export function promptModule({ prompt, ...said }: PromptModule): Module {
  return {
    ...said,
    canHandle: (command) => command === said.name || said.aliases.includes(command),
    mutatePrompt: (_command, args) => prompt(args),
  }
}
