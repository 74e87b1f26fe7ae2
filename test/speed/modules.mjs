// What modules cost: a slash command with and without them in one process, and `commands list` with 200 files.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCommandEngine } from '../../dist/commands/command-engine.js'
import { trustFolder } from '../../dist/config/trust.js'
import { silentLog } from '../../dist/log/log.js'
import { builtInModules } from '../../dist/modules/built-in/built-in-modules.js'
import { openModules } from '../../dist/modules/open-modules.js'
import { interleave, paired, summary, table } from './measure.mjs'

const PROGRAM = fileURLToPath(new URL('../../bin/codex-plus.js', import.meta.url))

/** `rounds` pairs each; ten times as many for what takes less than a millisecond. */
export async function bench({ rounds }) {
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  const [project, home] = [join(root, 'project'), join(root, 'home')]
  const [commands, modules] = [join(project, '.claude/commands/a/b'), join(project, '.claude/modules')]
  for (const folder of [commands, modules, home, join(project, '.git')]) mkdirSync(folder, { recursive: true })
  for (let n = 0; n < 200; n += 1) {
    writeFileSync(
      join(commands, `c${n}.md`),
      `---\ndescription: Command ${n}\nargument-hint: [x]\n---\nDo ${n}: $ARGUMENTS\n`,
    )
  }
  const env = { HOME: home, PATH: process.env.PATH }
  trustFolder(project, env)
  const place = { cwd: project, env, dialect: 'auto' }
  const facts = { rows: () => [], status: () => new Map(), save: () => undefined }
  const open = () =>
    openModules({ ...place, timeoutMs: 5000, log: silentLog, builtIn: builtInModules(facts), onProblem: console.error })
  const expander = (...opened) =>
    createCommandEngine({ ...place, shellTimeoutMs: 5000, extensions: opened.map(({ extension }) => extension) })
  const options = { sessionId: 't', effort: null, model: null }
  const timed = (found, prompt) => async () => {
    const begun = performance.now()
    await found.expand(prompt, options)
    return performance.now() - begun
  }

  const builtIn = open()
  const rows = []
  const measure = async (what, opened, prompt) => {
    const variants = { without: timed(expander(), prompt), with: timed(expander(opened), prompt) }
    const samples = await interleave(variants, rounds * 10)
    rows.push([what, summary(samples.without), summary(samples.with), summary(paired(samples.with, samples.without))])
  }
  await measure('no slash', builtIn, 'just a prompt')
  await measure('a command file, built-in modules', builtIn, '/a:b:c7 x')
  for (let n = 0; n < 5; n += 1) {
    const text = `export default { name: 'm${n}', description: 'd', canHandle: (c) => c === 'm${n}', mutatePrompt: () => 'x' }\n`
    writeFileSync(join(modules, `m${n}.mjs`), text)
  }
  const custom = open()
  await custom.load()
  await measure('a command file, 5 custom modules', custom, '/a:b:c7 x')
  await measure('a custom module', custom, '/m4 x')
  table('Modules: time to expand a prompt, ms (p50 / p99)', ['prompt', 'without', 'with', 'added'], rows)
  await Promise.all([builtIn.close(), custom.close()])

  const run =
    (...args) =>
    () => {
      const begun = performance.now()
      execFileSync(process.execPath, args, { cwd: project, env, stdio: 'ignore' })
      return performance.now() - begun
    }
  const list = await interleave(
    {
      node: run('-e', '0'),
      list: run(PROGRAM, 'commands', 'list'),
      names: run(PROGRAM, 'commands', 'list', '--names'),
    },
    Math.min(rounds, 30),
    2,
  )
  table(
    '`commands list` with 200 files and 5 modules, wall ms (p50 / p99)',
    ['what', 'time', "over node's start"],
    [
      ['node -e 0', summary(list.node), ''],
      ['commands list', summary(list.list), summary(paired(list.list, list.node))],
      ['commands list --names', summary(list.names), summary(paired(list.names, list.node))],
    ],
  )
  rmSync(root, { recursive: true, force: true })
}
