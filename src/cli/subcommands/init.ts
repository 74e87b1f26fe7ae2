import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Command } from 'commander'
import { z } from 'zod'
import type { CodexInvocation } from '../../codex/codex-arguments.js'
import { writeFrontMatter } from '../../commands/write-front-matter.js'
import { settingsSchema } from '../../config/schema.js'
import { packageFile } from '../../package-file.js'
import { makePrivateFolder, xdgFolder } from '../../paths.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** `plus init`: a settings file that explains itself and an example command; what is there stays as it is. */
export async function runInit({ ownCommand }: CodexInvocation, { env, cwd }: SubcommandContext): Promise<ExitStatus> {
  const program = new Command('codex-plus plus init')
    .description('write a commented settings file of yours and an example command here; nothing is overwritten')
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
    process.stdout.write(`${shown} is there already; it stays as it is.\n`)
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { flag: 'wx' })
  process.stdout.write(`${shown} written.\n`)
}

/** A value that shows how a setting is written; the defaults where there is one. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  upstream: 'echo',
  echo: 'text',
  transport: 'cycletls',
  profile: 'codex',
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

/** Every setting, commented out, with what it is for. */
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
    '// Settings of codex-plus for every project. Flags and CODEX_PLUS_* variables come before them.',
    '// Take the // away from a line to use it; comments and a comma at the end are fine here.',
    '{',
    `  "$schema": ${JSON.stringify(schema)},`,
    ...lines,
    '}',
    '',
  ].join('\n')
}

const EXAMPLE_METADATA = {
  description: 'An example, which explains what you name',
  'argument-hint': '[what]',
  'allowed-tools': 'Bash(git log:*)',
}

const EXAMPLE_BODY = `Explain $ARGUMENTS to somebody who joins this project today.

What happened here last:

!\`git log --oneline -5 2>/dev/null || echo "(no history yet)"\`

- Start with its purpose, in two sentences.
- Name the files that matter, with line numbers.
- Say what surprises newcomers most.

Files can be given along: @README.md
`
