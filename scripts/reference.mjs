/** Writes docs/reference.md from what every subcommand of ours says with `--help`; `--print` writes it to stdout. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSubcommandTree } from '../dist/cli/completion/subcommand-tree.js'
import { SUBCOMMANDS } from '../dist/cli/subcommand-table.js'

const program = fileURLToPath(new URL('../bin/codex-plus.js', import.meta.url))

/** Asks in a place without settings: a reference is the same everywhere. */
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
  'Written by `npm run reference` from `--help`; a test compares the two. Everything that is not listed here is codex: see `codex --help`.',
  ...sections,
  '## Exit codes',
  [
    "- codex's own, where codex ran: its exit code, or death by the same signal",
    '- 1: something of ours failed, or `plus doctor`, `commands lint` and the like found something',
    '- 64: a command line of ours that makes no sense',
  ].join('\n'),
].join('\n\n')

if (process.argv.includes('--print')) process.stdout.write(`${text}\n`)
else writeFileSync(new URL('../docs/reference.md', import.meta.url), `${text}\n`)
