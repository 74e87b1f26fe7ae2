import { checkShellCommand, type PermissionContext } from '../permissions/check-shell-command.js'
import { folderCode } from '../permissions/folder-code.js'
import { allowedTools } from './allowed-tools.js'
import { heldText, locationOf, refusalText, unsafeText, untrustedText } from './block-refusals.js'
import type { CommandReview, ExpandContext } from './expand-context.js'
import { handOverTexts } from './hand-over.js'
import { gitProblem, hardenedEnvironment } from './hardened-git.js'
import type { Command } from './read-command.js'
import { runShell, type ShellResult } from './run-shell-block.js'
import type { ShellBlock } from './shell-blocks.js'

interface BlockOptions {
  /** Whether a block that no rule allows is handed over to the model. */
  readonly handsOver: boolean
  readonly reviewBlock: CommandReview['reviewBlock']
}

/**
 * Runs all blocks of a command in parallel; one that a deny rule covers or that fails ends the command (claude-code-2.1
 * section 1.6). One that no rule allows ends it too, or is handed over to the model; one that hooks refuse is
 * replaced.
 */
export async function expandBlocks(
  blocks: readonly ShellBlock[],
  command: Command,
  context: ExpandContext,
  { handsOver, reviewBlock }: BlockOptions,
): Promise<{ outputs: string[]; preface: string } | { problem: string }> {
  if (context.settings.disableSkillShellExecution) {
    return { outputs: blocks.map(() => '[shell command execution disabled by policy]'), preface: '' }
  }
  if (!command.trusted) return { problem: untrustedText(command, blocks[0]) }
  if (command.held) return { problem: heldText(command, blocks[0]) }
  const permissions = permissionsFor(command, context)
  const handedOver: ShellBlock[] = []
  for (const block of blocks) {
    const verdict = checkShellCommand(block.command, permissions)
    const unsafe = context.trusted ? null : folderCode(block.command)
    if (verdict.allowed && unsafe !== null) {
      if (!handsOver) return { problem: unsafeText(command, block, unsafe) }
      handedOver.push(block)
      continue
    }
    if (verdict.allowed) continue
    if (!handsOver || verdict.denied) return { problem: refusalText(command, block, verdict) }
    handedOver.push(block)
  }
  const refused = await Promise.all(
    blocks.map(async ({ command: line }, at) => (await reviewBlock?.(line, at)) ?? null),
  )
  const shell = shellOptions(context)
  const env = context.trusted ? shell.env : hardenedEnvironment(shell.env, context.cwd)
  const usesGit = blocks.find((block) => !handedOver.includes(block) && /\b(git|gh)\b/.test(block.command))
  if (!context.trusted && usesGit !== undefined) {
    const unsafe = await gitProblem(context.cwd, env)
    if (unsafe !== null) return { problem: unsafeText(command, usesGit, unsafe) }
  }
  const { preface, textOf } = handOverTexts(handedOver.filter((block) => refused[blocks.indexOf(block)] === null))
  const results = await Promise.all(
    blocks.map(async (block, at): Promise<ShellResult> => {
      const refusedText = refused[at] ?? null
      if (refusedText !== null) return { output: refusedText }
      if (handedOver.includes(block)) return { output: textOf(block) }
      return await runShell(block.command, { ...shell, env })
    }),
  )
  for (const [index, result] of results.entries()) {
    const block = blocks[index]
    if ('failure' in result && block) {
      const output = result.output === '' ? '' : `\n${result.output}`
      return { problem: `${locationOf(command, block)}: ${block.source} failed (${result.failure}).${output}` }
    }
  }
  return { outputs: results.map(({ output }) => output), preface }
}

function permissionsFor(command: Command, context: ExpandContext): PermissionContext {
  const { permissions } = context.settings
  const own = allowedTools(command, context.projectDir).map(({ rule }) => rule)
  return {
    cwd: context.cwd,
    directories: [context.cwd, ...permissions.directories],
    home: context.home,
    allow: [...own, ...permissions.allow],
    deny: [...permissions.deny],
    ask: [...permissions.ask],
    mode: MODES.find((mode) => mode === permissions.mode) ?? 'default',
  }
}

const MODES = ['default', 'acceptEdits', 'bypassPermissions', 'plan', 'dontAsk'] as const

function shellOptions(context: ExpandContext): Parameters<typeof runShell>[1] {
  const { cwd, env, home, shellTimeoutMs, outputFolder, signal } = context
  return {
    cwd,
    directories: [cwd, ...context.settings.permissions.directories],
    home,
    outputFolder,
    outputLimit: context.settings.outputLimit,
    timeoutMs: Number(env.BASH_DEFAULT_TIMEOUT_MS) || shellTimeoutMs,
    env: {
      ...env,
      ...context.settings.env,
      CLAUDECODE: '1',
      CLAUDE_CODE_SESSION_ID: context.sessionId,
      CLAUDE_CODE_ENTRYPOINT: 'cli',
      CLAUDE_EFFORT: context.effort,
      GIT_EDITOR: 'true',
    },
    ...(signal === undefined ? {} : { signal }),
  }
}
