import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { discoverCommands } from '../../src/commands/discover.js'

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
  expect(performance.now() - begun).toBeLessThan(5000)
  expect(found.has('a')).toBe(true)
  expect(problems.join('\n')).toContain('more than 10000 files')
})

it('a name with control characters is ignored and said', () => {
  writeFileSync(join(commands, 'a\u001b]0;x\u0007.md'), 'A')
  writeFileSync(join(commands, 'b.md'), 'B')
  const { commands: found, problems } = discover()
  expect([...found.keys()]).toEqual(['b'])
  expect(problems).toEqual([expect.stringContaining('has control characters in its name')])
})

it.runIf(process.getuid?.() === 0)('what another user put above the working directory is ignored', () => {
  const above = join(root, '.claude/commands')
  mkdirSync(above, { recursive: true })
  writeFileSync(join(above, 'evil.md'), 'E')
  writeFileSync(join(commands, 'mine.md'), 'M')
  chmodSync(root, 0o755)
  execFileSync('chown', ['-R', '65533', join(root, '.claude')])
  execFileSync('chown', ['-R', '65534', join(root, 'project')])
  expect([...discover().commands.keys()].sort()).toEqual(['evil', 'mine'])
  const getuid = process.getuid
  try {
    process.getuid = () => 65534
    expect([...discover().commands.keys()]).toEqual(['mine'])
  } finally {
    process.getuid = getuid as () => number
  }
})
