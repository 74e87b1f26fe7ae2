import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab } from '../../codex/lab.js'

interface Item {
  what: string
  path: string
  does: string
  change: string
}

let lab: Lab
beforeEach(() => {
  lab = makeLab('none')
})
afterEach(() => lab.remove())

const run = (args: string[]) => lab.run(CODEX_PLUS, ['plus', ...args], {})

async function folders(): Promise<Map<string, Item[]>> {
  const { stdout } = await run(['coming-from-claude', '--json'])
  const found = JSON.parse(stdout) as { folders: Array<{ folder: string; items: Item[] }> }
  return new Map(found.folders.map(({ folder, items }) => [folder, items]))
}

describe('plus coming-from-claude', () => {
  it('tells of each thing of a folder what becomes of it, and what to change', async () => {
    for (const file of ['agents/reviewer.md', 'output-styles/short.md', 'workflows/release.js', 'rules/api.md'])
      lab.write(`.claude/${file}`, 'text')
    lab.write('.claude/commands/fix.md', 'Fix $ARGUMENTS')
    lab.write('.mcp.json', JSON.stringify({ mcpServers: { srv: { command: 'node' }, odd: { url: 7 } } }))
    const hook = [{ hooks: [{ type: 'command', command: 'true' }] }]
    lab.write(
      '.claude/settings.json',
      JSON.stringify({
        model: 'opus',
        outputStyle: 'short',
        statusLine: { type: 'command', command: 'date' },
        env: { A: '1' },
        mcpServers: { here: {} },
        enabledPlugins: { 'p@m': true },
        hooks: { Setup: hook, DirectoryAdded: hook, Stop: hook },
        permissions: { deny: ['Glob', 'Read(.env)'] },
        spinnerTipsEnabled: true,
      }),
    )
    const items = (await folders()).get(join(lab.project, '.claude')) ?? []
    const of = (what: string): Item | undefined => items.find((item) => item.what.startsWith(what))
    for (const item of items) {
      expect(item).toEqual({
        what: expect.stringMatching(/./),
        path: expect.stringMatching(/^\//),
        does: expect.stringMatching(/./),
        change: expect.stringMatching(/./),
      })
    }
    for (const what of [
      'agent reviewer',
      'output style short',
      'workflow release',
      'rules api',
      'model opus',
      'outputStyle short',
      'setting statusLine',
      'env A',
      'mcpServers here',
      'enabledPlugins p@m',
      'hook of Setup',
      'hook of DirectoryAdded',
      'rule deny Glob',
      'MCP server odd',
      'setting spinnerTipsEnabled',
    ])
      expect(of(what)?.change, what).not.toBe('nothing')
    for (const what of ['command /fix', 'hook of Stop', 'rule deny Read(.env)', 'MCP server srv'])
      expect(of(what)?.change, what).toBe('nothing')
    expect(of('rule deny Glob')?.path).toBe(`${join(lab.project, '.claude/settings.json')}:1`)
  })

  it('names a settings file that does not count, and the value it needs', async () => {
    lab.write('.claude/settings.json', '{\n  "permissions": {\n    "allow": "Bash"\n  }\n}')
    const items = (await folders()).get(join(lab.project, '.claude'))
    expect(items).toEqual([
      {
        what: 'setting permissions.allow',
        path: `${join(lab.project, '.claude/settings.json')}:3`,
        does: expect.stringMatching(/^the whole file is ignored/),
        change: 'make it a list of texts',
      },
    ])
  })

  it('prints a section for each folder, with what is alike in one row', async () => {
    for (const name of ['a', 'b', 'c']) lab.write(`.claude/agents/${name}.md`, 'text')
    lab.write('.claude/commands/fix.md', 'x')
    const { stdout, code } = await run(['coming-from-claude'])
    expect(code).toBe(0)
    const section = stdout.slice(stdout.indexOf(join(lab.project, '.claude')))
    expect(section).toMatch(/^ {2}good {2}command \/fix: works$/m)
    expect(section).toMatch(/^ {2}note {2}agent a, b, c: not used/m)
    expect(section).toMatch(/^ {8}change: put its text into a command file/m)
    const doctor = await run(['doctor'])
    expect(doctor.stdout).toContain('note  agent a, b, c: not used')
    expect(doctor.stdout).toMatch(/^Good\n[\s\S]*\nNote\n/)
  })
})
