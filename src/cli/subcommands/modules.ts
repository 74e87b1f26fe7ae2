import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Command } from 'commander'
import type { CodexInvocation } from '../../codex/parse-arguments.js'
import { readSettings, type Settings } from '../../config/settings.js'
import { folderTrust } from '../../config/trust.js'
import { CodexPlusError } from '../../errors.js'
import type { LoadedModule } from '../../modules/module.js'
import { moduleTemplate } from '../../modules/module-template.js'
import { claudeHome, gitRoot } from '../../paths.js'
import { noticeLine } from '../../run/notices.js'
import type { ExitStatus } from '../../terminal/exit-status.js'
import { jsonOn, printableLine } from '../../terminal/printable.js'
import { openModulesOf } from '../folder-modules.js'
import { runProgram } from '../program.js'
import type { SubcommandContext } from '../subcommand.js'

/** `codex-plus modules list|new`. */
export async function runModules(invocation: CodexInvocation, context: SubcommandContext): Promise<ExitStatus> {
  await runProgram(modulesProgram(invocation, context), invocation.ownCommand?.slice(1) ?? [])
  return { code: 0, signal: null }
}

/** Creates the command line of `codex-plus modules`. */
export function modulesProgram({ own }: CodexInvocation, context: SubcommandContext): Command {
  const program = new Command('codex-plus modules').description('the modules of the working directory')
  program
    .command('list')
    .description('list every module in the order they run, and those that could not be loaded')
    .option('--json', 'print one JSON object')
    .option('--dialect <dialect>', 'auto or claude')
    .action(async ({ json, dialect }: { json?: boolean; dialect?: Settings['dialect'] }) => {
      const { settings, notices } = await readSettings({ own, ...context })
      for (const line of notices) process.stderr.write(noticeLine(line))
      const { modules, problems } = await listModules({ ...settings, dialect: dialect ?? settings.dialect }, context)
      print(json ? jsonOn(process.stdout, { modules: modules.map(asJson), problems }, 2) : asText(modules, problems))
    })
  program
    .command('new <name>')
    .description('write a working module and its test into .claude/modules; nothing is overwritten')
    .option('--personal', 'write it into your own folder, not into the project')
    .action((name: string, { personal }: { personal?: boolean }) => {
      const { env, cwd } = context
      const root = gitRoot(cwd) ?? cwd
      const folder = join(personal ? claudeHome(env) : join(root, '.claude'), 'modules')
      for (const path of writeModule(folder, name.replace(/^\//, '')))
        print(`${printableLine(relative(cwd, path) || path)} written.`)
      print(`Type /${name.replace(/^\//, '')} in codex-plus to try it.`)
      if (!personal && !folderTrust(cwd, root, env).trusted) {
        print('The folder is not trusted yet: run `codex-plus plus trust` first.')
      }
    })
  return program
}

async function listModules(
  settings: Settings,
  context: SubcommandContext,
): Promise<{ modules: readonly LoadedModule[]; problems: string[] }> {
  const problems: string[] = []
  const opened = openModulesOf(settings, context, { onProblem: (line) => problems.push(line) })
  try {
    return { modules: await opened.load(), problems }
  } finally {
    await opened.close()
  }
}

function asJson({ call: _call, ...rest }: LoadedModule): object {
  return rest
}

function asText(modules: readonly LoadedModule[], problems: readonly string[]): string {
  const usages = modules.map(({ name, argumentHint }) => `/${name}${argumentHint === null ? '' : ` ${argumentHint}`}`)
  const width = Math.min(36, Math.max(0, ...usages.map(({ length }) => length)))
  const lines = modules.map(({ description, source, priority, path }, at) => {
    const from = path === null ? source : `${source}, priority ${priority}`
    return `${(usages[at] ?? '').padEnd(width)}  ${description} (${from})`
  })
  return [...lines, ...problems].map(printableLine).join('\n')
}

function writeModule(folder: string, name: string): string[] {
  if (!/^[A-Za-z0-9][\w-]*$/.test(name)) {
    throw new CodexPlusError('CP_USAGE', `'${name}' is not a valid module name.`, {
      hint: 'Use letters, digits, - and _.',
    })
  }
  const { module, test } = moduleTemplate(name)
  mkdirSync(folder, { recursive: true })
  const files = [
    [join(folder, `${name}.mjs`), module],
    [join(folder, `${name}.test.mjs`), test],
  ] as const
  return files.map(([path, text]) => {
    try {
      writeFileSync(path, text, { flag: 'wx' })
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      throw new CodexPlusError('CP_USAGE', `${path} exists already; nothing was overwritten.`, {
        hint: 'Choose another name, or delete it first.',
      })
    }
  })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
