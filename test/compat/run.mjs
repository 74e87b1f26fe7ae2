// `npm run compat`: the newest Claude Code and the newest codex against what this release was compared with (README.md).
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    'claude-code': { type: 'string' },
    codex: { type: 'string' },
    cases: { type: 'string' },
    files: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  process.stdout.write(`npm run compat -- [options]
  --claude-code VERSION   that version in place of the newest
  --codex VERSION         that version in place of the newest
  --cases 001,h,7         only the cases of Claude Code whose names begin so
  --files a.test.ts,b     only these files of codex's tests
  --only claude|codex     only one of the two
`)
  process.exit(0)
}

const scratch = mkdtempSync(join(tmpdir(), 'codex-plus-compat-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** Asks npm about a package; the answer as it prints it. */
function npmView(name, field) {
  return execFileSync('npm', ['view', name, field, '--json'], { encoding: 'utf8' })
}

/**
 * Installs a package into the scratch folder, the version that npm's `latest` names unless one is given. It is installed by
 * its number: without one npm may take an older version.
 */
function fetchPackage(name, wanted, compared) {
  const latest = JSON.parse(npmView(name, 'dist-tags')).latest
  const published = [JSON.parse(npmView(name, 'versions'))].flat()
  const version = wanted ?? latest
  if (!published.includes(version))
    throw new Error(`npm has no ${name}@${version}; the last one is ${published.at(-1)}.`)
  process.stdout.write(`${name}: latest ${latest}, comparing ${version}; this release was compared with ${compared}\n`)
  const folder = join(scratch, name.replace(/\W/g, '_'))
  mkdirSync(folder)
  const flags = ['--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error']
  execFileSync('npm', ['install', ...flags, `${name}@${version}`], { stdio: ['ignore', 'ignore', 'inherit'] })
  const installed = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
  if (installed !== version) throw new Error(`npm installed ${name}@${installed} in place of ${version}.`)
  return { folder: join(folder, 'node_modules'), version }
}

/** The versions that this release was compared and tested with. */
function known() {
  const source = readFileSync(new URL('../../src/codex/codex-version.ts', import.meta.url), 'utf8')
  const [, claude] = /COMPARED_CLAUDE_CODE = '([^']+)'/.exec(source) ?? []
  const [, codex] = /TESTED = \[([^\]]+)\]/.exec(source) ?? []
  return { claude, codex: codex?.replaceAll("'", '') }
}

/** Runs vitest and returns its results by the name of each test; tests that did not pass have their messages. */
function runVitest(args, env) {
  const report = join(scratch, `report-${Object.keys(env)[0]}.json`)
  const flags = ['vitest', 'run', '--reporter=json', `--outputFile=${report}`, ...args]
  const { status } = spawnSync('npx', flags, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (!existsSync(report)) throw new Error(`vitest ended with ${status} and wrote no report: see its messages above.`)
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  return testResults.flatMap(({ assertionResults, name, message }) =>
    assertionResults.length > 0 || message === ''
      ? assertionResults.map(({ fullName, status, failureMessages }) => ({ name: fullName, status, failureMessages }))
      : [{ name, status: 'failed', failureMessages: [message] }],
  )
}

/** Prints each case that is not as it was; returns how many. */
function printChanges(title, results) {
  const changed = results.filter(({ status }) => status === 'failed')
  const ran = results.filter(({ status }) => status === 'passed' || status === 'failed')
  process.stdout.write(`\n${title}: ${ran.length} cases, ${changed.length} changed\n`)
  for (const { name, failureMessages } of changed) {
    const text = failureMessages.join('\n').replace(/\n\s+at [\s\S]*/, '')
    process.stdout.write(`\n- ${name}\n${text.replace(/^/gm, '    ').slice(0, 4000)}\n`)
  }
  return changed.length
}

/** The program in the package of this platform; the package itself only has a launcher that its install script sets up. */
function claudeBinary(folder) {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined && process.platform === 'linux'
  const name = `claude-code-${process.platform}-${process.arch}${libc ? '-musl' : ''}`
  return join(folder, '@anthropic-ai', name, process.platform === 'win32' ? 'claude.exe' : 'claude')
}

let changes = 0
if (values.only !== 'codex') {
  const { folder, version } = fetchPackage('@anthropic-ai/claude-code', values['claude-code'], known().claude)
  const cases = values.cases === undefined ? {} : { COMPAT_CASES: values.cases }
  const env = { COMPAT_CLAUDE: claudeBinary(folder), ...cases }
  changes += printChanges(`Claude Code ${version}`, runVitest(['--config', 'test/compat/vitest.config.ts'], env))
}
if (values.only !== 'claude') {
  const { folder, version } = fetchPackage('@openai/codex', values.codex, known().codex)
  const env = { COMPAT_CODEX: join(folder, '@openai/codex/bin/codex.js') }
  const files = values.files?.split(',') ?? ['test/codex']
  changes += printChanges(`codex ${version}`, runVitest(files, env))
}
process.exitCode = changes > 0 ? 1 : 0
