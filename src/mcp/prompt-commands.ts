import type { CommandExtension } from '../commands/command-extension.js'
import type { Expansion } from '../commands/expansion.js'
import type { CommandRow } from '../commands/list-commands.js'
import type { Command } from '../commands/read-command.js'
import { parseSlash } from '../commands/slash-prompt.js'
import { formatError } from '../errors.js'
import { attachResources } from './attach-resources.js'
import { promptCommand } from './command-names.js'
import type { PromptInfo } from './prompt-catalog.js'
import type { PromptMessage, PromptServer } from './prompt-server-types.js'

export interface McpCommandOptions {
  readonly servers: readonly PromptServer[]
  readonly dialect: 'auto' | 'claude'
  /** Whether the user types the prompts in a TUI; Claude Code attaches no resources in its `-p` mode. */
  readonly interactive: boolean
}

/** Creates the commands of MCP servers: `/mcp__server__prompt args`, `/server:prompt (MCP) args`, and `@server:uri`. */
export function mcpCommands({ servers, dialect, interactive }: McpCommandOptions): CommandExtension {
  const attaches = dialect === 'auto' || interactive
  return {
    rows: () => servers.flatMap((server) => server.known().map((prompt) => rowOf(server, prompt))),
    mayHave: (name) => candidates(name, servers).some(([, prompt]) => prompt !== ''),
    mentions: () => (attaches ? servers.flatMap(({ name, id }) => [`@${name}:`, `@${id}:`]) : []),
    async extend(prompt, expansion) {
      const expanded = isUnexpanded(expansion) ? await expandCommand(prompt, expansion, servers) : expansion
      // References in the text of a server's prompt are not attached (claude-code-2.1 section 3).
      return attaches && expanded === expansion ? await attachResources(expansion, servers) : expanded
    },
  }
}

/** Whether neither a command file nor another extension has expanded the prompt. */
function isUnexpanded({ outcome }: Expansion): boolean {
  return outcome === 'passthrough'
}

async function expandCommand(
  prompt: string,
  expansion: Expansion,
  servers: readonly PromptServer[],
): Promise<Expansion> {
  const slash = parseSlash(prompt)
  if (slash === null) return expansion
  for (const [server, name] of candidates(slash.name, servers)) {
    const local = (message: string): Expansion => {
      const base = { command: commandOf(server, name), args: slash.args, text: [], attachments: [] }
      return { ...base, outcome: 'local', message, aside: true }
    }
    try {
      const found = (await server.prompts()).find((candidate) => candidate.name === name)
      if (found === undefined) continue
      const args = argumentsOf(found, slash.args)
      const missing = found.args.find((arg) => arg.required && !Object.hasOwn(args, arg.name))
      if (missing) {
        const usage = [`/${promptCommand(server.name, name)}`, ...found.args.map((arg) => arg.name)].join(' ')
        return local(`Missing required argument: ${missing.name}. Usage: ${usage}`)
      }
      const messages = await server.getPrompt(name, args)
      const base = { command: commandOf(server, name), args: slash.args, message: null }
      return { ...base, ...partsOf(messages), outcome: 'prompt' }
    } catch (error) {
      return { ...local(`/${slash.name}: ${formatError(error)}`), failed: true }
    }
  }
  // A mix of the two forms: Claude Code sends it as typed, without an error (claude-code-2.1 section 3).
  if (/^mcp__.* \(MCP\)$/.test(slash.name)) {
    return { ...expansion, outcome: 'passthrough', command: null, text: [prompt], message: null }
  }
  return expansion
}

/** Returns the servers and prompts a name may refer to: `mcp__server__prompt`, or `server:prompt (MCP)`. */
function candidates(name: string, servers: readonly PromptServer[]): Array<[PromptServer, string]> {
  const [, colon] = /^(.*) \(MCP\)$/.exec(name) ?? []
  return servers.flatMap((server): Array<[PromptServer, string]> => {
    const start = colon === undefined ? promptCommand(server.name, '') : `${server.name}:`
    const whole = colon ?? name
    return whole.startsWith(start) ? [[server, whole.slice(start.length)]] : []
  })
}

/**
 * Assigns words, split at single spaces without quoting, to the prompt's arguments in order; extra words are ignored.
 */
function argumentsOf({ args }: PromptInfo, text: string): Record<string, string> {
  const words = text === '' ? [] : text.split(' ')
  return Object.fromEntries(
    args.flatMap(({ name }, at) => {
      const word = words[at]
      return word === undefined ? [] : [[name, word]]
    }),
  )
}

/** Returns the texts and the images of a prompt's messages. */
function partsOf(messages: readonly PromptMessage[]): Pick<Expansion, 'text' | 'attachments'> {
  const text: string[] = []
  const attachments: Expansion['attachments'][number][] = []
  for (const { content } of messages) {
    const { type, data, mimeType, resource } = content
    if (type === 'text') text.push(String(content.text))
    else if (type === 'image' && typeof data === 'string') {
      const mediaType = String(mimeType)
      attachments.push({ kind: 'image', path: 'of the prompt', mediaType, bytes: Buffer.from(data, 'base64') })
    } else if (type === 'resource') {
      const { text: inner, uri } = resource as { text?: unknown; uri?: unknown }
      text.push(typeof inner === 'string' ? inner : `[Binary content of ${String(uri)}]`)
    } else text.push(`[${String(type)}]`)
  }
  return { text, attachments }
}

/** Returns a server's prompt as a command. */
function commandOf(server: PromptServer, prompt: string): Command {
  return {
    name: promptCommand(server.name, prompt),
    path: server.file,
    source: 'mcp',
    skillFolder: null,
    trusted: true,
    digest: '',
    frontMatter: {},
    body: '',
    metadataProblem: null,
    bodyLine: 1,
  }
}

function rowOf(server: PromptServer, { name, description, args }: PromptInfo): CommandRow {
  const hint = args.map((arg) => (arg.required ? `<${arg.name}>` : `[${arg.name}]`)).join(' ')
  return {
    name: promptCommand(server.name, name),
    source: 'mcp',
    kind: 'prompt',
    path: server.file,
    description: description === '' ? `prompt ${name} of MCP server ${server.name}` : description,
    argumentHint: hint === '' ? null : hint,
    shadowed: false,
    // A typed name ends at the first space.
    invocable: !/\s/.test(name),
    problem: null,
  }
}
