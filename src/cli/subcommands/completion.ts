import { Argument, Command } from 'commander'
import type { FoundCodex } from '../../codex/find-codex.js'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { formatError } from '../../errors.js'
import { captureOutput } from '../../process/capture-output.js'
import { createNotices, noticeLine } from '../../run/notices.js'
import { locateCodex } from '../../run/require-codex.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { bashScript } from '../completion/bash.js'
import { fishScript } from '../completion/fish.js'
import { readSubcommandTree } from '../completion/subcommand-tree.js'
import { zshScript } from '../completion/zsh.js'
import { runProgram } from '../program.js'
import type { Subcommand, SubcommandContext } from '../subcommand.js'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const
type Shell = keyof typeof SCRIPTS

/** `plus completion SHELL`: prints the completion script of codex-plus, with codex's own in it. */
export async function runCompletion(
  { ownCommand }: CodexInvocation,
  context: SubcommandContext,
  subcommands: readonly Subcommand[],
): Promise<ExitStatus> {
  const program = new Command('codex-plus plus completion')
    .description(
      'print a completion script: the subcommands and flags of codex and codex-plus, and the names of slash commands',
    )
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      [
        '',
        'bash: source <(codex-plus plus completion bash)      in ~/.bashrc',
        'zsh:  source <(codex-plus plus completion zsh)       in ~/.zshrc, after compinit',
        'fish: codex-plus plus completion fish > ~/.config/fish/completions/codex-plus.fish',
      ].join('\n'),
    )
    .action(async (shell: Shell) => {
      const codex = await codexScript(shell, context)
      const script = SCRIPTS[shell](codex, await readSubcommandTree(subcommands))
      process.stdout.write(script)
    })
  await runProgram(program, ownCommand?.slice(2) ?? [])
  return { code: 0, signal: null }
}

/** Returns the output of `codex completion SHELL`; empty, with a warning on stderr, if codex is missing or fails. */
async function codexScript(shell: Shell, { env, cwd }: SubcommandContext): Promise<string> {
  const warn = (reason: string): void => {
    const line = `the script completes only the subcommands and flags of codex-plus, not those of codex: ${reason}`
    process.stderr.write(noticeLine(line))
  }
  let codex: FoundCodex
  try {
    codex = locateCodex(
      env,
      cwd,
      createNotices((line) => process.stderr.write(line)),
    )
  } catch (error) {
    warn(formatError(error))
    return ''
  }
  const options = { env: { ...env, ...codex.env }, timeoutMs: 10_000, maxBytes: 16 * 1024 * 1024 }
  const result = await captureOutput(codex.file, [...codex.argsPrefix, 'completion', shell], options)
  if ('failure' in result) warn(`\`codex completion ${shell}\` ${result.failure}. Run it by itself to see why.`)
  return 'stdout' in result ? result.stdout : ''
}
