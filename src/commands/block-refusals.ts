import type { Refusal } from '../permissions/check-shell-command.js'
import { unreadableGuard } from './guard-hooks.js'
import type { Command } from './read-command.js'
import type { ShellBlock } from './shell-blocks.js'

/** Returns file and line of a block; the first block's line when arguments have changed the block's text. */
export function locationOf(command: Command, block: ShellBlock): string {
  const marker = command.body.indexOf(block.source)
  const at = marker === -1 ? command.body.search(/!`|```!|^!/m) : marker
  const line = command.bodyLine + (at === -1 ? 0 : command.body.slice(0, at).split('\n').length - 1)
  return `${command.path}:${line}`
}

/** What was not run, why, and the rule that would allow it where a rule can. */
export function refusalText(command: Command, block: ShellBlock, { reason, remedy }: Refusal): string {
  const said = `${locationOf(command, block)}: ${block.source} was not run: ${reason}.`
  const guard = unreadableGuard(command.frontMatter)
  if (guard !== null) {
    return `${said} The \`allowed-tools\` of ${command.path} do not count, because its hook \`${guard}\` cannot be read. Fix the hook.`
  }
  if (remedy === undefined) return said
  return `${said} Add \`allowed-tools: ${remedy}\` to its front matter, or "${remedy}" to permissions.allow of .claude/settings.json.`
}

/** Why the blocks of an untrusted project's command do not run. */
export function untrustedText(command: Command, block: ShellBlock | undefined): string {
  const where = block === undefined ? command.path : locationOf(command, block)
  return `${where}: its shell commands do not run in a folder you have not trusted. Run \`codex-plus plus trust\` first.`
}

/** Why the blocks of a command that the model may have written do not run. */
export function heldText(command: Command, block: ShellBlock | undefined): string {
  const where = block === undefined ? command.path : locationOf(command, block)
  return `${where}: its shell commands do not run: the file has changed, and since then the model may have written it, as tool calls of the model have run in this folder. Read the file, then run \`codex-plus plus trust\`, or type \`/reload\` here.`
}

/** Why a block of the user's own command does not run in a folder that is not trusted. */
export function unsafeText(command: Command, block: ShellBlock, reason: string): string {
  return `${locationOf(command, block)}: ${block.source} was not run: the folder is not trusted, and ${reason}. Run \`codex-plus plus trust\` first.`
}
