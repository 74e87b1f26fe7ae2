import type { PromptInfo } from './prompt-catalog.js'

/** A server as prompts see it. */
export interface PromptServer {
  readonly name: string
  readonly id: string
  /** The file it is configured in. */
  readonly file: string
  /** Its prompts as they are known without asking. */
  known(): readonly PromptInfo[]
  /** Its prompts; it is started for them. */
  prompts(): Promise<readonly PromptInfo[]>
  getPrompt(name: string, args: Readonly<Record<string, string>>): Promise<PromptMessage[]>
  readResource(uri: string): Promise<ResourceContent[]>
}

/** One message of a prompt: what a `prompts/get` answers. */
export interface PromptMessage {
  readonly role: string
  readonly content: Readonly<Record<string, unknown>>
}

/** One part of a resource: what a `resources/read` answers. */
export type ResourceContent = Readonly<Record<string, unknown>>
