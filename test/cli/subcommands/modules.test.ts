import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab, type RunResult } from '../../codex/lab.js'

let lab: Lab
beforeEach(() => {
  lab = makeLab('none')
})
afterEach(() => lab.remove())
const run = (...args: string[]): Promise<RunResult> => lab.run(CODEX_PLUS, args)

describe('modules new', () => {
  it('writes a working module with a test that passes, and overwrites nothing', async () => {
    const { code, stdout } = await run('modules', 'new', 'hello')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        '.claude/modules/hello.mjs written.\n.claude/modules/hello.test.mjs written.\nType /hello in codex-plus to try it.\n',
    })
    const test = join(lab.project, '.claude/modules/hello.test.mjs')
    const out = execFileSync(process.execPath, ['--test', test], { encoding: 'utf8' })
    expect(out).toMatch(/pass 3\n/)
    const expand = async (prompt: string) => (await run('commands', 'expand', '--', prompt)).stdout
    expect(await expand('/hello the parser')).toBe(
      'Tell me in three sentences about the parser.\n\nName the files you read.\n',
    )
    expect(await expand('/hello where')).toBe(`You are in \`${lab.project}\`.\n`)

    writeFileSync(join(lab.project, '.claude/modules/hello.mjs'), '// mine')
    const again = await run('modules', 'new', '/hello')
    expect(again.code).toBe(64)
    expect(again.stderr).toMatch(/hello\.mjs exists already; nothing was overwritten/)
    expect(readFileSync(join(lab.project, '.claude/modules/hello.mjs'), 'utf8')).toBe('// mine')
    expect((await run('modules', 'new', '../up')).stderr).toMatch(/'\.\.\/up' is not a valid module name/)
  })

  it('says so where the folder is not trusted; --personal needs no trust', async () => {
    writeFileSync(join(lab.codexHome, 'config.toml'), '')
    expect((await run('modules', 'new', 'a')).stdout).toContain('run `codex-plus plus trust` first')
    expect((await run('commands', 'expand', '/a x')).stdout).toBe('/a x\n')
    await run('modules', 'new', 'b', '--personal')
    expect((await run('commands', 'expand', '/b where')).stdout).toContain(lab.project)
  })
})

describe('modules list', () => {
  it('shows the order they work in, and what could not be loaded', async () => {
    await run('modules', 'new', 'hello')
    lab.write('.claude/modules/bad.mjs', 'export default {}')
    const { stdout } = await run('modules', 'list')
    expect(stdout).toMatch(/^\/hello \[what\] +What \/hello does, in one line \(project, priority 100\)\n/)
    expect(stdout).toMatch(/\/save \[name or path\] .*\(built-in\)\n/)
    expect(stdout).toMatch(/bad\.mjs.*`name` must be a text; the module is skipped\.\n$/)
    const { modules, problems } = JSON.parse((await run('modules', 'list', '--json')).stdout)
    expect(problems).toHaveLength(1)
    expect(modules[0]).toEqual({
      name: 'hello',
      description: 'What /hello does, in one line',
      priority: 100,
      aliases: [],
      argumentHint: '[what]',
      source: 'project',
      path: join(lab.project, '.claude/modules/hello.mjs'),
      abilities: ['executeLocally', 'mutatePrompt', 'enhancePrompt'],
    })
    expect(JSON.parse((await run('modules', 'list', '--json', '--dialect', 'claude')).stdout).modules).toHaveLength(1)
  })
})
