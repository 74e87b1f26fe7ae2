import type { PromptInfo } from './prompt-catalog.js'

/** A server's prompts and resources. */
export interface PromptServer {
  readonly name: string
  readonly id: string
  /** The file it is configured in. */
  readonly file: string
  /** Its prompts as far as known without starting it. */
  known(): readonly PromptInfo[]
  /** Starts the server if needed and returns its prompts. */
  prompts(): Promise<readonly PromptInfo[]>
  getPrompt(name: string, args: Readonly<Record<string, string>>): Promise<PromptMessage[]>
  readResource(uri: string): Promise<ResourceContent[]>
}

/** One message of a prompt, from the result of `prompts/get`. */
export interface PromptMessage {
  readonly role: string
  readonly content: Readonly<Record<string, unknown>>
}

/** One part of a resource, from the result of `resources/read`. */
export type ResourceContent = Readonly<Record<string, unknown>>
