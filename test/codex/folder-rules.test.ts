import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json.js'
import { type Reply, type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'
import { type AppServer, startAppServer } from './app-server.js'
import { toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let outside: string
let script: (n: number) => Reply
let server: AppServer | undefined
let screen: Screen | undefined
beforeEach(async () => {
  outside = mkdtempSync('/var/tmp/codex-plus-outside-')
  script = () => [says('done')]
  upstream = await startScriptedUpstream((n) => script(n), { titlesApart: true })
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
afterEach(async () => {
  await server?.close()
  await screen?.close()
  server = undefined
  screen = undefined
  lab.remove()
  rmSync(outside, { recursive: true })
  await upstream.close()
})

const input = (n: number): string => JSON.stringify(upstream.turns[n]?.body.input)
const shell = (n: number, cmd: string, more: JsonObject = {}): JsonObject =>
  toolCall('code', n, 'exec_command', { cmd, ...more })
const ESCALATED = { sandbox_permissions: 'require_escalated', justification: 'because' }
/** The model makes these calls, one a request, and then says that it is done. */
const calls = (...all: Array<[cmd: string, more?: JsonObject]>): void => {
  script = (n) => {
    const call = all[n]
    return call ? [shell(n, ...call)] : [says(`all done ${n}`)]
  }
}
const RULES = '.claude/settings.json'
const rules = (permissions: object): Record<string, string> => ({ [RULES]: JSON.stringify({ permissions }) })

/** A folder beside the project, trusted unless told, with files in it. */
function folder(name: string, files: Readonly<Record<string, string>> = {}, trusted = true): string {
  const place = join(lab.root, name)
  mkdirSync(place, { recursive: true })
  for (const [file, text] of Object.entries({ 'note.txt': name, ...files })) {
    mkdirSync(dirname(join(place, file)), { recursive: true })
    writeFileSync(join(place, file), text)
  }
  if (trusted) trust(place, 'trusted')
  return place
}
function trust(place: string, level: 'trusted' | 'untrusted'): void {
  const config = join(lab.codexHome, 'config.toml')
  writeFileSync(config, `${readFileSync(config, 'utf8')}\n[projects."${place}"]\ntrust_level = "${level}"\n`)
}
function commit(): void {
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-C', lab.project, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args])
  git('add', '-A')
  git('commit', '-qm', 'all')
}

describe('permission rules in app-server, started elsewhere', () => {
  it('are those of each thread’s folder, wherever its tools are called', async () => {
    const one = folder('one', rules({ deny: ['Bash(rm *)'], ask: ['Bash(mkdir *)'] }))
    const two = folder('two')
    const elsewhere = folder('elsewhere', rules({ deny: ['Bash(touch *)'] }))
    server = await startAppServer(lab, elsewhere)
    const [first, second] = [await server.startThread(one), await server.startThread(two)]
    calls(['rm note.txt', { workdir: elsewhere }], [`rm ${one}/note.txt`], ['mkdir made'], ['touch made'])
    await server.prompt(first, 'tidy up')
    for (const n of [1, 2]) expect(input(n)).toContain('Permission to use Bash with command rm')
    expect(input(2)).toContain(`deny rule Bash(rm *) in ${one}/.claude/settings.json:1`)
    expect(input(3)).toContain("needs the user's approval")
    // The rule of the folder that it was started in is none of the thread's.
    expect([join(one, 'note.txt'), join(elsewhere, 'note.txt'), join(one, 'made')].map(existsSync)).toEqual([
      true,
      true,
      true,
    ])
    const from = upstream.turns.length
    script = (n) => (n === from ? [shell(n, 'rm note.txt')] : [says('done')])
    await server.prompt(second, 'tidy up')
    expect(existsSync(join(two, 'note.txt'))).toBe(false)
  })

  it('of a folder without trust deny, and allow nothing; of a trusted one they allow', async () => {
    const given = rules({ deny: ['Bash(rm *)'], allow: ['Bash(dd *)'] })
    const [bad, good] = [folder('bad', given, false), folder('good', given)]
    server = await startAppServer(lab, lab.project)
    calls(['rm note.txt'], [`dd if=/dev/null of=${outside}/bad`, ESCALATED])
    await server.prompt(await server.startThread(bad, { approvalPolicy: 'on-request' }), 'go')
    expect(input(1)).toContain('Permission to use Bash with command rm note.txt has been denied')
    expect(server.questions).toMatchObject([{ method: 'item/commandExecution/requestApproval' }])
    const from = upstream.turns.length
    script = (n) => (n === from ? [shell(n, `dd if=/dev/null of=${outside}/good`, ESCALATED)] : [says('done')])
    await server.prompt(await server.startThread(good, { approvalPolicy: 'on-request' }), 'go')
    expect(server.questions).toHaveLength(1)
    expect(['bad', 'good'].map((name) => existsSync(join(outside, name)))).toEqual([false, true])
  })

  it('allow from the moment that the folder is trusted', async () => {
    const one = folder('one', rules({ allow: ['Bash(dd *)'] }), false)
    server = await startAppServer(lab, lab.project)
    const thread = await server.startThread(one, { approvalPolicy: 'on-request' })
    const writes = (name: string): void => {
      const from = upstream.turns.length
      script = (n) => (n === from ? [shell(n, `dd if=/dev/null of=${outside}/${name}`, ESCALATED)] : [says('done')])
    }
    writes('before')
    await server.prompt(thread, 'go')
    expect((await lab.run(CODEX_PLUS, ['plus', 'trust', one])).code).toBe(0)
    writes('after')
    await server.prompt(thread, 'go')
    expect(server.questions).toHaveLength(1)
    expect(['before', 'after'].map((name) => existsSync(join(outside, name)))).toEqual([false, true])
  })

  it('a turn that changes the folder takes its rules, and the allowed-tools of its command', async () => {
    const one = folder('one', rules({ deny: ['Bash(touch *)'] }))
    const two = folder('two', {
      ...rules({ deny: ['Bash(rm *)'] }),
      '.claude/commands/write.md': '---\nallowed-tools: Bash(dd:*)\n---\nWRITE',
    })
    server = await startAppServer(lab, one)
    const thread = await server.startThread(one, { approvalPolicy: 'on-request' })
    await server.prompt(thread, 'hello')
    script = (n) =>
      n === 1
        ? [shell(n, 'rm note.txt')]
        : n === 2
          ? [shell(n, `dd if=/dev/null of=${outside}/made`, ESCALATED)]
          : [says('done')]
    await server.prompt(thread, '/write', { cwd: two })
    expect(input(1)).toContain('WRITE')
    expect(input(2)).toContain(`deny rule Bash(rm *) in ${two}/.claude/settings.json:1`)
    expect(server.questions).toEqual([])
    expect(existsSync(join(outside, 'made'))).toBe(true)
  })

  it('sends nothing of an untrusted folder whose CLAUDE.md leads out of it', async () => {
    const secret = folder('secret', { 'key.txt': 'the key is 1234' })
    const [one, two] = [folder('one', {}, false), folder('two')]
    for (const place of [one, two]) symlinkSync(join(secret, 'key.txt'), join(place, 'CLAUDE.md'))
    server = await startAppServer(lab, lab.project)
    await server.prompt(await server.startThread(one), 'hello')
    expect(upstream.turns).toHaveLength(0)
    await server.prompt(await server.startThread(two), 'hello')
    expect(input(0)).toContain('the key is 1234')
  })
})

describe('permission rules with --worktree', () => {
  it('are those of the worktree', async () => {
    lab.write(RULES, rules({ deny: ['Bash(rm *)'] })[RULES] ?? '')
    lab.write('note.txt', 'kept')
    commit()
    lab.write(RULES, rules({ deny: ['Bash(cp *)'] })[RULES] ?? '')
    calls(['rm note.txt'], ['cp note.txt copied && cat copied'])
    const { code } = await lab.run(CODEX_PLUS, ['exec', '-s', 'workspace-write', '--worktree', 'go'])
    expect(code).toBe(0)
    expect(input(1)).toMatch(/deny rule Bash\(rm \*\) in \S+\/worktrees\/\w+\/project\/\.claude\/settings\.json:1/)
    expect(input(2)).toContain('kept')
  })

  it('that codex was not told to ask about let nothing be sent', async () => {
    lab.write(RULES, rules({ deny: ['Bash(rm *)'] })[RULES] ?? '')
    commit()
    lab.write(RULES, '{}')
    const { code, stderr } = await lab.run(CODEX_PLUS, ['exec', '--worktree', 'go'])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /nothing was sent, as the permission rules of \S+\/settings\.json \(Bash\(rm \*\)\) do not hold/,
    )
    expect(upstream.turns).toHaveLength(0)
  })
})

/** Types codex's own `/cd`; the path is pasted, as nobody types it. */
async function changeFolder(on: Screen, place: string): Promise<void> {
  await on.waitFor(/› Ask Codex/)
  await new Promise((resolve) => setTimeout(resolve, scaled(250)))
  on.send(`\x1b[200~/cd ${place}\x1b[201~`)
  await on.waitFor((text) => text.replace(/\s/g, '').includes(`›/cd${place}`))
  await new Promise((resolve) => setTimeout(resolve, scaled(250)))
  on.send('\r')
  await on.waitFor(/Working directory changed/)
}

describe('permission rules after /cd in the TUI', LOST_KEYS, () => {
  it('of a folder that is known hold, and those of the first one do not', async () => {
    const other = folder('other', rules({ deny: ['Bash(rm *)'] }))
    lab.write(RULES, rules({ deny: ['Bash(touch *)'] })[RULES] ?? '')
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/› Ask Codex/)
    await screen.enter('hello')
    await screen.waitFor(/done/)
    await changeFolder(screen, other)
    script = (n) =>
      n === 1 ? [shell(n, 'rm note.txt')] : n === 2 ? [shell(n, 'touch made')] : [says('everything is ready')]
    await screen.enter('go on')
    await screen.waitFor(/everything is ready/)
    expect(input(2)).toContain(`deny rule Bash(rm *) in ${other}/.claude/settings.json:1`)
    expect(['note.txt', 'made'].map((name) => existsSync(join(other, name)))).toEqual([true, true])
    await screen.leave()
  })

  it('of a folder that nobody knew let nothing be sent', async () => {
    const other = folder('other', rules({ ask: ['Bash(rm *)'] }), false)
    screen = openScreen(lab, CODEX_PLUS, [])
    await screen.waitFor(/› Ask Codex/)
    await screen.enter('hello')
    await screen.waitFor(/done/)
    await changeFolder(screen, other)
    await screen.enter('go on')
    await screen.waitFor(/nothing was sent/)
    const text = screen.text().replace(/\s+/g, '')
    expect(text).toContain(`thepermissionrulesof${other}/.claude/settings.json(Bash(rm*))donotholdinthissession`)
    expect(text).toContain(`codex-plus-C${other}resume`)
    expect(upstream.turns).toHaveLength(1)
    await screen.leave()
  })
})
