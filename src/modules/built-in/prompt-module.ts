import type { Module } from '../module.js'

/** A built-in module that only creates a prompt. */
export interface PromptModule {
  readonly name: string
  readonly aliases: readonly string[]
  readonly description: string
  readonly argumentHint: string
  /** Returns the prompt for the text behind the command's name, which may be empty. */
  prompt(args: string): string
}

/** Creates a module from a prompt. */
export function promptModule({ prompt, ...description }: PromptModule): Module {
  return {
    ...description,
    canHandle: (command) => command === description.name || description.aliases.includes(command),
    mutatePrompt: (_command, args) => prompt(args),
  }
}
