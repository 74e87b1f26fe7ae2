import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Command } from 'commander'
import { z } from 'zod'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { writeFrontMatter } from '../../commands/write-front-matter.js'
import { settingsSchema } from '../../config/schema.js'
import { packageFile } from '../../package-file.js'
import { makePrivateFolder, xdgFolder } from '../../paths.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { printableLine } from '../../terminal/printable.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** `plus init`: writes a commented settings file and an example command; never overwrites a file. */
export async function runInit({ ownCommand }: CodexInvocation, { env, cwd }: SubcommandContext): Promise<ExitStatus> {
  const program = new Command('codex-plus plus init')
    .description('write your commented settings file and an example command for this folder; nothing is overwritten')
    .action(() => {
      const folder = makePrivateFolder(xdgFolder('config', env))
      write(join(folder, 'settings.json'), settingsTemplate(), cwd)
      write(join(cwd, '.claude', 'commands', 'example.md'), writeFrontMatter(EXAMPLE_METADATA, EXAMPLE_BODY), cwd)
      process.stdout.write('Try it: codex-plus --plus-upstream echo exec "/example the README"\n')
    })
  await runProgram(program, ownCommand?.slice(2) ?? [])
  return { code: 0, signal: null }
}

function write(path: string, text: string, cwd: string): void {
  const shown = relative(cwd, path).startsWith('..') ? path : relative(cwd, path)
  if (existsSync(path)) {
    process.stdout.write(`${printableLine(shown)} exists already; it was not changed.\n`)
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { flag: 'wx' })
  process.stdout.write(`${printableLine(shown)} written.\n`)
}

/** Example values of the settings: the default if there is one. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  upstream: 'echo',
  echo: 'text',
  transport: 'cycletls',
  profile: 'codex',
  websocket: 'auto',
  safe: false,
  dialect: 'auto',
  statusLine: false,
  trace: false,
  moduleTimeoutMs: 30_000,
  shellTimeoutMs: 120_000,
  sessionDays: 90,
  sessionMegabytes: 500,
  allowCommands: ['*'],
  denyCommands: ['deploy:*'],
  hooks: { enabled: true, onError: 'open', timeoutMs: 5000 },
  log: 'warn',
}

/** Returns the settings file: every setting with its description, commented out. */
export function settingsTemplate(): string {
  const { properties } = z.toJSONSchema(settingsSchema) as { properties: Record<string, { description?: string }> }
  const schema = pathToFileURL(packageFile('schema.json')).href
  const lines = Object.entries(properties).flatMap(([key, { description = '' }]) => {
    if (key === '$schema') return []
    const value = JSON.stringify(EXAMPLES[key] ?? true)
    return [
      '',
      `  // ${description.replace(/ Not in a project file\.$/, '')}`,
      `  // ${JSON.stringify(key)}: ${value},`,
    ]
  })
  return [
    '// Settings of codex-plus for every project. Flags and CODEX_PLUS_* variables override them.',
    '// To use a setting, remove its //. Comments and trailing commas are allowed in this file.',
    '{',
    `  "$schema": ${JSON.stringify(schema)},`,
    ...lines,
    '}',
    '',
  ].join('\n')
}

const EXAMPLE_METADATA = {
  description: 'Explain a file or topic (an example command)',
  'argument-hint': '[what]',
  'allowed-tools': 'Bash(git log:*)',
}

const EXAMPLE_BODY = `Explain $ARGUMENTS to a developer who joins this project today.

The last commits:

!\`git log --oneline -5 2>/dev/null || echo "(no history yet)"\`

- Start with its purpose, in two sentences.
- Name the files that matter, with line numbers.
- Say what surprises newcomers most.

Attached file: @README.md
`
