import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type RunResult } from '../codex/lab.js'
import { scaled } from '../time.js'
import { type Attack, prepareAttack } from './attack.js'

/** A stack trace, which no user should get. */
const STACK = /^\s+at .*[:)]\d*|node:internal|throw err/m

let attack: Attack
let shared: string
let release = (): void => {}
beforeEach(async () => {
  attack = await prepareAttack()
  shared = join(attack.lab.root, 'state')
  mkdirSync(shared)
})
afterEach(async () => {
  release()
  release = () => {}
  await attack.close()
})

const mount = (...args: string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0
/** Only root can mount; elsewhere the folder that cannot be created stands for the others. */
const canMount = ((): boolean => {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' }).status === 0
})()

/** What is wrong with the state folder, and the word for it in a message. */
const FAULTS: ReadonlyArray<readonly [name: string, code: RegExp, make: () => void]> = [
  [
    'a full disk',
    /ENOSPC/,
    () => {
      mountTmpfs()
      mkdirSync(join(shared, 'codex-plus'))
      for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
        try {
          for (let at = 0; at < 100; at++) writeFileSync(join(shared, 'filler'), Buffer.alloc(size), { flag: 'a' })
        } catch {}
      }
    },
  ],
  [
    'a read-only disk',
    /EROFS/,
    () => {
      mountTmpfs()
      mkdirSync(join(shared, 'codex-plus'))
      expect(mount('-o', 'remount,ro', shared)).toBe(true)
    },
  ],
  ['a file in place of the folder', /ENOTDIR|EEXIST/, () => writeFileSync(join(shared, 'codex-plus'), '')],
]
const faults = FAULTS.filter(([, code]) => canMount || code.test('ENOTDIR'))

function mountTmpfs(): void {
  expect(mount('-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', shared)).toBe(true)
  const folder = shared
  release = () => void spawnSync('umount', ['-l', folder])
}

const env = (): NodeJS.ProcessEnv => ({ XDG_STATE_HOME: shared, XDG_CACHE_HOME: shared })
const run = (args: string[], more: NodeJS.ProcessEnv = {}): Promise<RunResult> =>
  attack.lab.run(CODEX_PLUS, args, { env: { ...env(), ...more } })
const sent = (): string => JSON.stringify(attack.upstream.turns.at(-1)?.body.input)

describe.each(faults)(
  '%s',
  (_name, code, make) => {
    it('costs what cannot be written, each with a message, and not the session', async () => {
      const hook = (command: string, more = {}): object => ({ hooks: [{ type: 'command', command, ...more }] })
      attack.lab.write(
        '.claude/settings.json',
        JSON.stringify({
          hooks: {
            SessionStart: [hook('echo started', { async: true }), hook('echo "export A=b" >> "$CLAUDE_ENV_FILE"')],
            UserPromptSubmit: [hook('head -c 100000 /dev/zero | tr "\\0" h')],
          },
          permissions: { allow: ['Bash'] },
        }),
      )
      attack.lab.write('.claude/commands/big.md', 'Look: !`seq 1 20000`')
      make()
      const flags = ['--plus-trace', '--plus-log', 'debug']
      const { code: status, stdout, stderr } = await run(['exec', ...flags, '/big'])
      expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: 'done\n' })
      expect(stderr).not.toMatch(STACK)
      expect(stderr).toMatch(code)
      // What fits of the output is sent, with the reason why it is not all.
      expect(sent()).toContain('Look: 1\\n2\\n3')
      expect(sent()).toMatch(/KB in all\. The output could not be saved to .*?(ENOSPC|EROFS|ENOTDIR|EEXIST)/)
      for (const what of ['sessions', 'ledger', 'trace', 'log'])
        expect(stderr).toMatch(new RegExp(`codex-plus/${what}`))
    })

    it('a block that takes longer than its time goes on, and says that its output is lost', async () => {
      attack.lab.write('.claude/settings.json', JSON.stringify({ permissions: { allow: ['Bash'] } }))
      attack.lab.write('.claude/commands/slow.md', 'Look: !`echo begun; sleep 4; seq 1 20000; sleep 4`')
      make()
      const { code: status, stderr } = await run(['exec', '/slow'], { CODEX_PLUS_SHELL_TIMEOUT_MS: '1000' })
      expect(status).toBe(0)
      expect(stderr).not.toMatch(STACK)
      expect(sent()).toMatch(/running in background with ID: \w+\. The output could not be saved to /)
    })

    it.each([
      [['sessions', 'list']],
      [['sessions', 'show', 'last']],
      [['sessions', 'export', 'last', '-o', '/proc/nothing/x.md']],
      [['sessions', 'prune']],
      [['commands', 'list']],
      [['plus', 'trust']],
      [['plus', 'trust', '--remove']],
      [['plus', 'trace']],
      [['plus', 'mcp', 'list']],
      [['plus', 'permissions', 'list']],
      [['hooks', 'list']],
      [['modules', 'list']],
      [['plus', 'coming-from-claude']],
    ])('%j works, or says in one sentence why it does not', async (args) => {
      make()
      const { code: status, stderr, stdout } = await run(args)
      expect(stderr).not.toMatch(STACK)
      expect(stdout).not.toMatch(STACK)
      if (status !== 0) expect(stderr).toMatch(/^codex-plus: .+\n$/)
    })
  },
  scaled(60_000),
)
