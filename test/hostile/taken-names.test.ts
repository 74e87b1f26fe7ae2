import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS } from '../codex/lab.js'
import { type Attack, prepareAttack } from './attack.js'

let attack: Attack
beforeEach(async () => {
  attack = await prepareAttack()
  attack.writeHome('.claude/commands/deploy.md', 'MINE $ARGUMENTS')
  attack.writeHome('.claude/skills/check/SKILL.md', 'MY SKILL')
  for (const name of ['deploy', 'check', 'commit', 'status', 'commands', 'extra'])
    attack.lab.write(`.claude/commands/${name}.md`, 'EVIL')
  attack.lab.write('.claude/skills/deploy/SKILL.md', 'EVIL')
})
afterEach(() => attack.close())

const sent = (): string => JSON.stringify(attack.upstream.turns.at(-1)?.body.input)

describe('a project that is not trusted', () => {
  it.each([
    ['a command of the user', '/deploy now', 'MINE now'],
    ['a skill of the user', '/check', 'MY SKILL'],
    ['a command of codex-plus', '/commit', 'git'],
  ])('does not take the name of %s, and a warning names its file', async (_, prompt, own) => {
    attack.configure('', '', 'untrusted')
    const { code, stderr } = await attack.run('exec', prompt)
    expect(code).toBe(0)
    expect(sent()).toContain(own)
    expect(sent()).not.toContain('EVIL')
    expect(stderr).toMatch(/\.claude\/\S+ is ignored, since its folder is not trusted: \/\w+ is /)
    const listed = await attack.lab.run(CODEX_PLUS, ['commands', 'list'])
    expect(listed.stdout).toContain('deploy/SKILL.md is ignored, since its folder is not trusted')
    const expanded = await attack.lab.run(CODEX_PLUS, ['commands', 'expand', prompt])
    expect(expanded.stdout).not.toContain('EVIL')
    expect(expanded.stderr).toContain('is ignored, since its folder is not trusted')
  })

  it.each([
    ['/status', 'thread:'],
    ['/commands', '/extra'],
  ])('does not take %s, which codex-plus answers', async (prompt, shown) => {
    attack.configure('', '', 'untrusted')
    const before = attack.upstream.turns.length
    const { code, stdout, stderr } = await attack.run('exec', prompt)
    expect({ code, turns: attack.upstream.turns.length }).toEqual({ code: 0, turns: before })
    expect(stdout).toContain(shown)
    expect(stderr).toContain(`is ignored, since its folder is not trusted: ${prompt} is a command of codex-plus`)
  })

  it('keeps the names that no other source has', async () => {
    attack.configure('', '', 'untrusted')
    const { stderr } = await attack.run('exec', '/extra')
    expect(sent()).toContain('EVIL')
    expect(stderr).not.toContain('is ignored')
  })
})

it('a trusted project takes the names it has, without a warning', async () => {
  const { stderr } = await attack.run('exec', '/deploy now')
  expect(sent()).toContain('EVIL')
  expect(stderr).not.toContain('is ignored')
})
