import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS } from '../codex/lab.js'
import { type Attack, denies, hasSandbox, marks, prepareAttack, readProject, writeFileCommand } from './attack.js'

let attack: Attack
beforeEach(async () => {
  attack = await prepareAttack()
})
afterEach(() => attack.close())

const GUARD = JSON.stringify({ hooks: { PreToolUse: [denies('important')] } })
const DELETE = 'rm important.txt'
/** What a model's command writes into a project to get out of the sandbox, or to switch its guards off. */
const WRITES: ReadonlyArray<readonly [name: string, path: string, text: string]> = [
  ['a hook', '.claude/settings.json', JSON.stringify({ hooks: { PostToolUse: [marks('ran')], Stop: [marks('ran')] } })],
  ['a local hook', '.claude/settings.local.json', JSON.stringify({ hooks: { PostToolUse: [marks('ran')] } })],
  ['no settings', '.claude/settings.json', '{}'],
  ['broken settings', '.claude/settings.json', '{'],
  ['disableAllHooks', '.claude/settings.local.json', '{"disableAllHooks":true}'],
  ['a server', '.mcp.json', JSON.stringify({ mcpServers: { s: { command: 'touch', args: ['ran'] } } })],
  [
    'a module',
    '.claude/modules/m.mjs',
    'import { writeFileSync } from "node:fs"; writeFileSync(process.env.HOME + "/ran", "")',
  ],
  ['a pre_input hook', '.claude/hooks/pre_input.sh', 'touch "$HOME/ran"; cat > /dev/null'],
  ['a post_output hook', '.claude/hooks/post_output.sh', 'touch "$HOME/ran"; cat'],
  ['a command', '.claude/commands/c.md', '---\nallowed-tools: Bash\n---\n!`touch "$HOME/ran"`\n'],
  ['a skill', '.claude/skills/c/SKILL.md', '---\nallowed-tools: Bash\n---\n!`touch "$HOME/ran"`\n'],
]

function prepare(): void {
  attack.lab.write('.claude/settings.json', GUARD)
  attack.lab.write('important.txt', 'x')
  attack.writeHome('.claude/settings.json', JSON.stringify({ hooks: { PreToolUse: [denies('precious')] } }))
  attack.lab.write('precious.txt', 'x')
}

describe.runIf(hasSandbox)('a command of the model that writes into .claude', () => {
  it.each(WRITES)('cannot: %s', async (_name, path, text) => {
    prepare()
    const before = readProject(attack.lab, path)
    const { code } = await attack.exec([writeFileCommand(path, text), DELETE, 'rm precious.txt'])
    expect(code).toBe(0)
    expect(attack.outputs()[0]).toMatch(/Read-only file system|Not a directory/)
    expect(readProject(attack.lab, path)).toBe(before)
    expect(readProject(attack.lab, 'important.txt')).toBe('x')
    expect(readProject(attack.lab, 'precious.txt')).toBe('x')
  })

  it.each([
    ['moves it away', 'mv .claude away && echo moved'],
    ['removes it', 'find .claude -delete && echo removed'],
    ['appends to it', 'echo >> .claude/settings.json && echo appended'],
    ['changes its mode', 'chmod 0 .claude/settings.json && echo changed'],
    ['puts a link in its place', 'ln -sfn /tmp .claude/commands && echo linked'],
  ])('cannot: %s', async (_name, command) => {
    prepare()
    await attack.exec([command, DELETE])
    expect(attack.outputs()[0]).not.toMatch(/moved|removed|appended|changed\n|linked/)
    expect(readProject(attack.lab, '.claude/settings.json')).toBe(GUARD)
    expect(readProject(attack.lab, 'important.txt')).toBe('x')
  })

  it('cannot make one where there is none; what codex puts in its place meanwhile is no change', async () => {
    attack.lab.write('a.txt', '')
    const { stderr } = await attack.exec([
      'mkdir -p .claude/commands && echo made; echo {} > .mcp.json && echo made; echo x > b.txt && echo wrote; sleep 2',
    ])
    expect(attack.outputs()[0]).not.toContain('made')
    expect(attack.outputs()[0]).toContain('wrote')
    expect(stderr).not.toContain('changed since')
    expect(existsSync(join(attack.lab.project, '.claude'))).toBe(false)
    expect((await attack.run('exec', 'again')).stderr).not.toMatch(/changed since|not valid JSON/)
  })

  it('writes everywhere else as before', async () => {
    prepare()
    await attack.exec(['echo x > own.txt; echo x > /tmp/codex-plus-probe; cat .claude/settings.json; echo end'])
    expect(readProject(attack.lab, 'own.txt')).toBe('x\n')
    expect(attack.outputs()[0]).toContain('important')
    expect(attack.outputs()[0]).not.toContain('Read-only')
  })
})

describe.runIf(hasSandbox)('the choice of the user', () => {
  /** A folder outside of /tmp, where codex's sandbox forbids to write. */
  const OUTSIDE = mkdtempSync(join(homedir(), '.codex-plus-hostile-'))
  afterAll(() => rmSync(OUTSIDE, { recursive: true, force: true }))
  const PROBE =
    'touch own.txt && echo own; touch .claude/x && echo claude; touch /tmp/codex-plus-probe && echo tmp; true'
  const probe = async (args: string[] = [], more = ''): Promise<string[]> => {
    attack.lab.write('.claude/settings.json', '{}')
    await attack.exec([`${PROBE}; ${more}`], args)
    const [output = ''] = attack.outputs()
    return ['own', 'claude', 'tmp', 'other', 'net'].filter((word) => new RegExp(`^${word}$`, 'm').test(output))
  }
  /** A connection to this machine: refused where the sandbox has no network of its own. */
  const NET = `node -e 'require("net").connect(Number(process.argv[1]), "127.0.0.1").on("connect", () => { console.log("net"); process.exit() }).on("error", () => process.exit())' PORT`
  const net = (): string => NET.replace('PORT', new URL(attack.upstream.url).port)

  it.each<
    [name: string, config: [before?: string, after?: string, trust?: string | null], args: string[], got: string[]]
  >([
    ['nothing', [], [], ['own', 'tmp']],
    ['an untrusted folder', ['', '', 'untrusted'], [], ['own', 'tmp']],
    ['workspace-write', ['sandbox_mode = "workspace-write"'], [], ['own', 'tmp']],
    [
      'workspace-write with its settings',
      [
        'sandbox_mode = "workspace-write"',
        '[sandbox_workspace_write]\nnetwork_access = true\nwritable_roots = ["OTHER"]\nexclude_slash_tmp = true',
      ],
      [],
      ['own', 'other', 'net'],
    ],
    [
      'the settings alone',
      ['', '[sandbox_workspace_write]\nnetwork_access = true\nwritable_roots = ["OTHER"]'],
      [],
      ['own', 'tmp', 'other', 'net'],
    ],
    [
      '-s workspace-write with settings',
      ['sandbox_mode = "read-only"', '[sandbox_workspace_write]\nnetwork_access = true'],
      ['-s', 'workspace-write'],
      ['own', 'tmp', 'net'],
    ],
    ['--sandbox=workspace-write', [], ['--sandbox=workspace-write'], ['own', 'tmp']],
    ['-c of a setting', [], ['-c', 'sandbox_workspace_write.network_access=true'], ['own', 'tmp', 'net']],
    ['-c default_permissions', [], ['-c', 'default_permissions=":workspace"'], ['own', 'tmp']],
    ['--add-dir', [], ['--add-dir', 'OTHER'], ['own', 'tmp', 'other']],
    [
      'a profile of their own',
      [
        'default_permissions = "mine"',
        '[permissions.mine]\nextends = ":workspace"\nnetwork = { enabled = true }\n[permissions.mine.filesystem]\n"OTHER" = "write"',
      ],
      [],
      ['own', 'tmp', 'other', 'net'],
    ],
    [
      'a profile whose workspace is a word',
      [
        'default_permissions = "mine"',
        '[permissions.mine.filesystem]\n":root" = "read"\n":slash_tmp" = "write"\n":workspace_roots" = "write"',
      ],
      [],
      ['own', 'tmp'],
    ],
    ['read-only', ['sandbox_mode = "read-only"'], [], []],
    ['-s read-only', [], ['-s', 'read-only'], []],
    ['-c read-only', [], ['-c', 'sandbox_mode="read-only"'], []],
    ['read-only permissions', ['default_permissions = ":read-only"'], [], []],
    ['a folder that codex does not know', ['', '', null], [], []],
    ['danger-full-access', ['sandbox_mode = "danger-full-access"'], [], ['own', 'claude', 'tmp', 'other', 'net']],
    [
      '--dangerously-bypass-approvals-and-sandbox',
      [],
      ['--dangerously-bypass-approvals-and-sandbox'],
      ['own', 'claude', 'tmp', 'other', 'net'],
    ],
    ['the setting that turns it off', [], ['--plus-no-protect-claude'], ['own', 'claude', 'tmp']],
  ])('%s stays what it is', async (_name, config, args, got) => {
    const place = (text: string): string => text.replaceAll('OTHER', OUTSIDE)
    const [before = '', after = '', trust = 'trusted'] = config
    attack.configure(place(before), place(after), trust)
    const found = await probe(args.map(place), `touch ${OUTSIDE}/probe && echo other; ${net()}`)
    expect(found).toEqual(got)
  })

  it('of a project counts where codex trusts it', async () => {
    attack.lab.write('.codex/config.toml', 'sandbox_mode = "read-only"\n')
    expect(await probe()).toEqual([])
  })

  it('a link is named by its target', async () => {
    attack.lab.write('cfg/claude/settings.json', GUARD)
    attack.lab.write('cfg/mcp.json', '{}')
    attack.lab.write('cmds/a.md', 'text')
    symlinkSync('cfg/claude', join(attack.lab.project, '.claude'))
    symlinkSync('cfg/mcp.json', join(attack.lab.project, '.mcp.json'))
    symlinkSync('../../cmds', join(attack.lab.project, 'cfg/claude/commands'))
    await attack.exec([
      'touch own.txt && echo own; echo {} > .claude/settings.json && echo wrote; echo {} > cfg/claude/x && echo wrote; echo {} > .mcp.json && echo wrote; echo x > cmds/a.md && echo wrote; true',
    ])
    expect(attack.outputs()[0]).toMatch(/^own$/m)
    expect(attack.outputs()[0]).not.toMatch(/^wrote$/m)
  })

  it('a link to another place keeps every command running', async () => {
    const away = join(attack.lab.root, 'away')
    mkdirSync(away)
    writeFileSync(join(away, 'settings.json'), GUARD)
    symlinkSync(away, join(attack.lab.project, '.claude'))
    await attack.exec(['touch own.txt && echo own'])
    expect(attack.outputs()[0]).toMatch(/^own$/m)
  })

  it('is told by the doctor', async () => {
    const doctor = async (...args: string[]): Promise<string> =>
      (await attack.lab.run(CODEX_PLUS, [...args, 'plus', 'doctor', '--json'])).stdout
    expect(await doctor()).toMatch(/read-only for the model's sandboxed commands \(profile claude-read-only\)/)
    expect(await doctor('--plus-no-protect-claude')).toMatch(
      /may write into \.claude and \.mcp\.json: it is switched off/,
    )
    attack.configure('sandbox_mode = "danger-full-access"')
    expect(await doctor()).toMatch(/sandbox_mode is danger-full-access/)
  })
})

describe.runIf(hasSandbox)('without that protection', () => {
  const OFF = ['--plus-no-protect-claude']

  it.each(WRITES)(
    'what stood there at the start counts, and one line names the change: %s',
    async (_name, path, text) => {
      prepare()
      const { stderr, code } = await attack.exec([writeFileCommand(path, text), DELETE, 'rm precious.txt'], OFF)
      expect(code).toBe(0)
      expect(attack.outputs()[0]).toContain('written')
      expect(attack.marked('ran')).toBe(false)
      expect(readProject(attack.lab, 'important.txt')).toBe('x')
      expect(readProject(attack.lab, 'precious.txt')).toBe('x')
      if (/commands|skills/.test(path)) return
      expect(stderr.match(/changed since the session began/g)).toHaveLength(1)
      expect(stderr).toContain(
        `changed since the session began: ${path}. This counts at the next start, or when you type /reload.`,
      )
    },
  )

  it("a hook's own program is that of the start", async () => {
    attack.lab.write(
      '.claude/settings.json',
      JSON.stringify({
        hooks: {
          PreToolUse: [{ hooks: [{ type: 'command', command: '"$CLAUDE_PROJECT_DIR"/.claude/hooks/guard.sh' }] }],
        },
      }),
    )
    attack.lab.write('.claude/hooks/guard.sh', '#!/bin/sh\nif grep -q important; then exit 2; fi\n')
    attack.lab.write('.claude/hooks/pre_input.sh', `sed 's/secret/***/g'`)
    attack.lab.write('important.txt', 'x')
    chmodSync(join(attack.lab.project, '.claude/hooks/guard.sh'), 0o755)
    await attack.exec(
      [
        'for f in guard.sh pre_input.sh; do echo "exit 0" > .claude/hooks/$f; done; rm .claude/hooks/pre_input.sh; echo done',
        DELETE,
      ],
      OFF,
    )
    expect(readProject(attack.lab, 'important.txt')).toBe('x')
  })

  it("a project never switches the user's own hooks off, also where it stood there at the start", async () => {
    prepare()
    attack.lab.write('.claude/settings.local.json', '{"disableAllHooks":true}')
    await attack.exec(['rm precious.txt', DELETE])
    expect(readProject(attack.lab, 'precious.txt')).toBe('x')
    expect(readProject(attack.lab, 'important.txt')).toBeNull()
  })

  it('a change is named at the next start, and counts then', async () => {
    prepare()
    await attack.exec([writeFileCommand('.claude/settings.json', '{}')], OFF)
    const { stderr } = await attack.exec([DELETE], OFF)
    expect(stderr).toContain('changed since the last session here: .claude/settings.json.')
    expect(readProject(attack.lab, 'important.txt')).toBeNull()
    expect((await attack.run('exec', 'x')).stderr).not.toContain('changed since')
  })
})
