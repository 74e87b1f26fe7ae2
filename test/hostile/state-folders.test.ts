import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { trustFolder } from '../../src/config/trust.js'
import { CODEX_PLUS, type RunResult } from '../codex/lab.js'
import { type Attack, marks, prepareAttack } from './attack.js'

/** A user of the machine who is not root and not the one who runs the tests. */
const OTHER = 54_321
/** Only root can give a file to another user. */
const isRoot = process.getuid?.() === 0

let attack: Attack | undefined
/** A project that nobody trusts, with a hook. */
async function prepare(): Promise<Attack> {
  await attack?.close()
  attack = await prepareAttack()
  attack.configure('', '', 'untrusted')
  attack.lab.write('.claude/settings.json', JSON.stringify({ hooks: { SessionStart: [marks('ran')] } }))
  return attack
}
afterAll(() => attack?.close())

const stateOf = ({ lab }: Attack): string => join(lab.home, '.local/state/codex-plus')

function plantTrust({ lab }: Attack, state: string): void {
  mkdirSync(state, { recursive: true })
  writeFileSync(join(state, 'trusted.json'), JSON.stringify({ folders: [lab.project] }))
}

const run = (attacked: Attack, env: NodeJS.ProcessEnv = {}): Promise<RunResult> =>
  attacked.lab.run(CODEX_PLUS, ['exec', 'go'], { env })

describe('a trust list', () => {
  beforeEach(prepare)

  it('of this user is obeyed: the hook of these tests runs', async () => {
    const attacked = attack as Attack
    plantTrust(attacked, stateOf(attacked))
    expect(await run(attacked)).toMatchObject({ code: 0 })
    expect(attacked.marked('ran')).toBe(true)
  })

  it.runIf(isRoot)('of another user is not obeyed, and taken over by nothing', async () => {
    const attacked = attack as Attack
    plantTrust(attacked, stateOf(attacked))
    chownSync(join(stateOf(attacked), 'trusted.json'), OTHER, OTHER)
    const result = await run(attacked)
    expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('belongs to another user') })
    expect(attacked.marked('ran')).toBe(false)
    expect(() => trustFolder('/elsewhere', attacked.lab.env)).toThrow(/belongs to another user/)
  })

  it('that every user may write is not obeyed', async () => {
    const attacked = attack as Attack
    plantTrust(attacked, stateOf(attacked))
    chmodSync(join(stateOf(attacked), 'trusted.json'), 0o666)
    const result = await run(attacked)
    expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('can be written by every user') })
    expect(attacked.marked('ran')).toBe(false)
    const listed = await attacked.lab.run(CODEX_PLUS, ['plus', 'trust', '--list'])
    expect(listed).toMatchObject({ stdout: '', stderr: expect.stringContaining('can be written by every user') })
  })

  it('that is broken is named, also by `plus trust --list`', async () => {
    const attacked = attack as Attack
    plantTrust(attacked, stateOf(attacked))
    writeFileSync(join(stateOf(attacked), 'trusted.json'), '{"folders": [1]}')
    for (const args of [
      ['exec', 'go'],
      ['plus', 'trust', '--list'],
    ]) {
      const { stderr } = await attacked.lab.run(CODEX_PLUS, args)
      expect(stderr).toContain('is not a valid list of trusted folders')
    }
    expect(attacked.marked('ran')).toBe(false)
  })
})

describe('a state folder', () => {
  beforeEach(prepare)

  it.runIf(isRoot).each([
    ['that another user made first', 'shared/codex-plus'],
    ['in a folder of another user', 'shared'],
  ])('%s is not obeyed, and nothing is kept in it', async (_, owned) => {
    const attacked = attack as Attack
    const state = join(attacked.lab.root, 'shared/codex-plus')
    plantTrust(attacked, state)
    chownSync(join(attacked.lab.root, owned), OTHER, OTHER)
    const env = { XDG_STATE_HOME: join(attacked.lab.root, 'shared') }
    const result = await run(attacked, env)
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${state} is in a folder of another user`),
    })
    expect(attacked.marked('ran')).toBe(false)
    expect(readdirSync(state)).toEqual(['trusted.json'])
  })

  it.runIf(isRoot)('with the settings of another user is not obeyed', async () => {
    const attacked = attack as Attack
    const config = join(attacked.lab.home, '.config/codex-plus')
    mkdirSync(config, { recursive: true })
    writeFileSync(join(config, 'settings.json'), JSON.stringify({ upstream: 'http://127.0.0.1:9' }))
    chownSync(config, OTHER, OTHER)
    const before = attacked.upstream.turns.length
    expect(await run(attacked)).toMatchObject({ code: 0, stderr: expect.stringContaining('another user') })
    expect(attacked.upstream.turns.length).toBe(before + 1)
  })

  it('that every user may write is closed to them', async () => {
    const attacked = attack as Attack
    mkdirSync(stateOf(attacked), { recursive: true })
    chmodSync(stateOf(attacked), 0o777)
    expect(await run(attacked)).toMatchObject({ code: 0 })
    expect(statSync(stateOf(attacked)).mode & 0o777).toBe(0o700)
    expect(existsSync(join(stateOf(attacked), 'sessions'))).toBe(true)
  })
})

describe('without a home', () => {
  beforeEach(prepare)

  it.runIf(isRoot)('a user that the system does not know gets one sentence', async () => {
    const attacked = attack as Attack
    const { spawnSync } = await import('node:child_process')
    const { HOME: _home, CODEX_HOME: _codex, ...env } = attacked.lab.env
    for (const args of [
      ['exec', 'go'],
      ['sessions', 'list'],
      ['plus', 'trust', '--list'],
      ['commands', 'list'],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [CODEX_PLUS, ...args], {
        env,
        cwd: '/',
        uid: OTHER,
        gid: OTHER,
        encoding: 'utf8',
      })
      expect(status).toBe(1)
      expect(stderr).toMatch(/^codex-plus: The home folder of this user is unknown\. Set HOME .*\n$/)
    }
  })
})
