import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS } from '../codex/lab.js'
import { type Attack, hasSandbox, prepareAttack, writeFileCommand } from './attack.js'

let attack: Attack
beforeEach(async () => {
  attack = await prepareAttack()
  attack.lab.write('.claude/commands/c.md', command('first'))
})
afterEach(() => attack.close())

/** A command whose block leaves a mark in the home folder. */
function command(mark: string): string {
  return `---\nallowed-tools: Bash\n---\nRun !\`touch "$HOME/${mark}"; echo ${mark}-output\`\n`
}

const OFF = ['--plus-no-protect-claude']
const exec = (prompt: string): ReturnType<Attack['run']> => attack.run('exec', ...OFF, prompt)
/** A tool call of the model, without any change of a command. */
const useTools = (): ReturnType<Attack['exec']> => attack.exec(['true'], OFF)
const writeCommand = (path = '.claude/commands/c.md'): ReturnType<Attack['exec']> =>
  attack.exec([writeFileCommand(path, command('stolen'))], OFF)

describe.runIf(hasSandbox)('a command file that the model wrote', () => {
  it.each([
    ['in place of one that was there', '.claude/commands/c.md', '/c'],
    ['as a new one', '.claude/commands/new.md', '/new'],
    ['as a skill', '.claude/skills/s/SKILL.md', '/s'],
    ['in a folder', '.claude/commands/a/b.md', '/a:b'],
  ])('runs nothing in a later run, %s', async (_name, path, prompt) => {
    await exec('/c')
    expect(attack.marked('first')).toBe(true)
    expect((await writeCommand(path)).code).toBe(0)
    const { code, stderr, stdout } = await exec(prompt)
    expect(code).not.toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toContain(`changed since tools of the model ran here: ${path}`)
    expect(stderr).toMatch(/its shell commands do not run: the file has changed[\s\S]*codex-plus plus trust/)
    expect(stderr).toContain(`${attack.lab.project}/${path}`)
    expect(attack.marked('stolen')).toBe(false)
  })

  it('runs nothing by `commands expand`, and its hooks do not run', async () => {
    await exec('/c')
    const text = `---\nallowed-tools: Bash\nhooks:\n  Stop:\n    - hooks:\n        - type: command\n          command: touch "$HOME/stolen"\n---\ntext\n`
    await attack.exec(
      [writeFileCommand('.claude/commands/h.md', text), writeFileCommand('.claude/commands/c.md', command('stolen'))],
      OFF,
    )
    await attack.run('commands', 'expand', '/c')
    expect((await exec('/h')).stderr).toContain('its hooks do not run: the file has changed')
    expect(attack.marked('stolen')).toBe(false)
  })

  it('runs once its user has confirmed it with `plus trust`, which names it', async () => {
    await exec('/c')
    await writeCommand()
    const { stdout } = await attack.lab.run(CODEX_PLUS, ['plus', 'trust'])
    expect(stdout).toContain(`${attack.lab.project}/.claude/commands/c.md: its present contents are confirmed.`)
    expect((await exec('/c')).code).toBe(0)
    expect(attack.marked('stolen')).toBe(true)
  })

  it('runs once its user has typed /reload, which names it', async () => {
    await exec('/c')
    await writeCommand()
    const { stdout, code } = await exec('/reload')
    expect(code).toBe(0)
    expect(stdout).toContain('counts from now on: .claude/commands/c.md')
    expect((await exec('/c')).code).toBe(0)
    expect(attack.marked('stolen')).toBe(true)
  })

  it('cannot take the place of /reload', async () => {
    await exec('/c')
    await writeCommand('.claude/commands/reload.md')
    expect((await exec('/reload')).stdout).toContain('counts from now on')
    expect(attack.marked('stolen')).toBe(false)
  })

  it('is no new first run where the folder had no .claude before', async () => {
    attack.lab.remove()
    await attack.close()
    attack = await prepareAttack()
    await writeCommand()
    expect((await exec('/c')).code).not.toBe(0)
    expect(attack.marked('stolen')).toBe(false)
  })
})

describe.runIf(hasSandbox)('a command file that its user wrote', () => {
  it('counts at the first run, and at once where no tool of the model has run', async () => {
    expect((await exec('/c')).code).toBe(0)
    attack.lab.write('.claude/commands/c.md', command('second'))
    attack.lab.write('.claude/commands/new.md', command('third'))
    expect((await exec('/c')).code).toBe(0)
    expect((await exec('/new')).code).toBe(0)
    expect(['first', 'second', 'third'].map((mark) => attack.marked(mark))).toEqual([true, true, true])
  })

  it('counts unchanged, whatever tools have run', async () => {
    await exec('/c')
    await useTools()
    expect((await exec('/c')).code).toBe(0)
  })

  it('has to be confirmed after tools have run, and runs again where it is as it was', async () => {
    await exec('/c')
    await useTools()
    attack.lab.write('.claude/commands/c.md', command('second'))
    expect((await exec('/c')).code).not.toBe(0)
    attack.lab.write('.claude/commands/c.md', command('first'))
    expect((await exec('/c')).code).toBe(0)
    expect(attack.marked('second')).toBe(false)
  })

  it('is sent as ever where it runs nothing', async () => {
    await exec('/c')
    await useTools()
    attack.lab.write('.claude/commands/plain.md', 'Say hello to $1')
    expect((await exec('/plain you')).code).toBe(0)
    expect(JSON.stringify(attack.upstream.turns.at(-1)?.body)).toContain('Say hello to you')
  })
})
