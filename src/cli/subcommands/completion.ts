import { execFile } from 'node:child_process'
import { Argument, Command } from 'commander'
import type { CodexInvocation } from '../../codex/codex-arguments.js'
import type { FoundCodex } from '../../codex/find-codex.js'
import { formatError } from '../../errors.js'
import { locateCodex } from '../../run/locate-codex.js'
import { createNotices, noticeLine } from '../../run/notices.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { bashScript } from '../completion/bash.js'
import { fishScript } from '../completion/fish.js'
import { readSubcommandTree } from '../completion/subcommand-tree.js'
import { zshScript } from '../completion/zsh.js'
import { runProgram } from '../program.js'
import type { Subcommand, SubcommandContext } from '../subcommand.js'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const
type Shell = keyof typeof SCRIPTS

/** `plus completion SHELL`: codex's own completion, and ours, for codex-plus. */
export async function runCompletion(
  { ownCommand }: CodexInvocation,
  context: SubcommandContext,
  subcommands: readonly Subcommand[],
): Promise<ExitStatus> {
  const program = new Command('codex-plus plus completion')
    .description("completion of codex-plus: codex's own, our subcommands and flags, and the names of slash commands")
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

/** What `codex completion SHELL` prints; empty, with a line that says so, where there is no codex. */
async function codexScript(shell: Shell, { env, cwd }: SubcommandContext): Promise<string> {
  const say = (line: string): void => void process.stderr.write(noticeLine(line))
  let codex: FoundCodex
  try {
    codex = locateCodex(
      env,
      cwd,
      createNotices((line) => process.stderr.write(line)),
    )
  } catch (error) {
    say(`only our own words are completed: ${formatError(error)}`)
    return ''
  }
  return await new Promise((resolve) => {
    const options = { env: { ...env, ...codex.env }, timeout: 10_000, maxBuffer: 16 * 1024 * 1024 }
    execFile(codex.file, [...codex.argsPrefix, 'completion', shell], options, (error, stdout) => {
      if (error) say(`only our own words are completed: \`codex completion ${shell}\` failed.`)
      resolve(error ? '' : stdout)
    })
  })
}
