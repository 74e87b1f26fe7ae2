import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { discoverCommands } from '../../src/commands/discover-commands.js'
import { readSources } from '../../src/mcp/server-scopes.js'
import { findModuleFiles } from '../../src/modules/find-modules.js'
import { scaled } from '../time.js'

let root: string
let commands: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'discover-')))
  commands = join(root, 'project/.claude/commands')
  mkdirSync(commands, { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const discover = (): ReturnType<typeof discoverCommands> =>
  discoverCommands({
    cwd: join(root, 'project'),
    gitRoot: null,
    claudeHome: join(root, 'home/.claude'),
    codexPrompts: null,
    shipped: null,
    dialect: 'auto',
  })

it.runIf(process.platform !== 'win32')('a link to the root of the file system does not make it walk all of it', () => {
  writeFileSync(join(commands, 'a.md'), 'A')
  symlinkSync('/', join(commands, 'z'))
  const begun = performance.now()
  const { commands: found, problems } = discover()
  expect(performance.now() - begun).toBeLessThan(scaled(5000))
  expect(found.has('a')).toBe(true)
  expect(problems.join('\n')).toContain('more than 10000 files')
})

it('a name with control characters is ignored and reported', () => {
  writeFileSync(join(commands, 'a\u001b]0;x\u0007.md'), 'A')
  writeFileSync(join(commands, 'b.md'), 'B')
  const { commands: found, problems } = discover()
  expect([...found.keys()]).toEqual(['b'])
  expect(problems).toEqual([expect.stringContaining('has control characters in its name')])
})

it.runIf(process.getuid?.() === 0)(
  'what another user put above the working directory is ignored, with a .git or not',
  () => {
    const above = join(root, '.claude')
    mkdirSync(join(above, 'commands'), { recursive: true })
    mkdirSync(join(above, 'modules'))
    mkdirSync(join(root, '.git'))
    writeFileSync(join(above, 'commands/above.md'), 'A')
    writeFileSync(join(above, 'modules/above.mjs'), '')
    writeFileSync(join(root, '.mcp.json'), '{"mcpServers":{"above":{"command":"true"}}}')
    writeFileSync(join(commands, 'mine.md'), 'M')
    const cwd = join(root, 'project')
    const found = (): number[] => {
      const env = { HOME: join(root, 'home') }
      const { files } = findModuleFiles({ cwd, gitRoot: root, claudeHome: join(root, 'home/.claude'), dialect: 'auto' })
      return [discover().commands.size, files.length, readSources({ cwd, gitRoot: root, env }).entries.length]
    }
    const give = (user: string, ...paths: string[]): void =>
      void execFileSync('chown', ['-R', user, ...paths.map((path) => join(root, path))])
    expect(found()).toEqual([2, 1, 1])
    give('65533', '.claude', '.git', '.mcp.json')
    expect(found()).toEqual([1, 0, 0])
    // A checkout that is another user's as a whole is one.
    give('65533', 'project')
    expect(found()).toEqual([2, 1, 1])
  },
)

it.runIf(process.platform !== 'win32')(
  'the personal folder is no project, over whatever link the home folder is reached',
  () => {
    mkdirSync(join(root, '.claude/commands'), { recursive: true })
    writeFileSync(join(root, '.claude/commands/own.md'), 'O')
    symlinkSync(root, join(root, 'link'))
    const home = join(root, 'link/.claude')
    const options = { gitRoot: null, claudeHome: home, codexPrompts: null, shipped: null, dialect: 'auto' } as const
    const { commands: found } = discoverCommands({ ...options, cwd: join(root, 'project') })
    expect(found.get('own')).toMatchObject({ source: 'personal', path: join(home, 'commands/own.md') })
  },
)
