/** Writes docs/reference.md from the `--help` of every subcommand of codex-plus; `--print` writes it to stdout. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSubcommandTree } from '../dist/cli/completion/subcommand-tree.js'
import { SUBCOMMANDS } from '../dist/cli/subcommand-table.js'

const program = fileURLToPath(new URL('../bin/codex-plus.js', import.meta.url))

/** Runs `--help` without any settings, so that the reference is the same on every machine. */
function help(words) {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent' }
  const { stdout, status } = spawnSync(process.execPath, [program, ...words, '--help'], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`codex-plus ${words.join(' ')} --help ended with ${status}`)
  return `\`\`\`\n${stdout.trimEnd()}\n\`\`\``
}

const sections = (await readSubcommandTree(SUBCOMMANDS)).map(({ words }) => {
  const depth = words.length > (words[0] === 'plus' ? 2 : 1) ? '###' : '##'
  return `${depth} codex-plus ${words.join(' ')}\n\n${help(words)}`
})
const text = [
  '# Command reference',
  '`npm run reference` generates this page from `--help`; a test compares the two. Every subcommand that is not listed here is passed straight to codex: see `codex --help`.',
  ...sections,
  '## Exit codes',
  [
    '- If codex ran: the exit code of codex, or death by the same signal.',
    '- 1: codex-plus failed, or a check such as `plus doctor` or `commands lint` found a problem.',
    '- 64: an invalid flag or subcommand of codex-plus.',
  ].join('\n'),
].join('\n\n')

if (process.argv.includes('--print')) process.stdout.write(`${text}\n`)
else writeFileSync(new URL('../docs/reference.md', import.meta.url), `${text}\n`)
