import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePlace, type Place } from '../../hooks/place.js'

const program = new URL('../../../bin/codex-plus.js', import.meta.url).pathname
const SETTINGS = `{
  "permissions": {
    "deny": [
      "Bash(rm -rf:*)",
      "Glob",
      "Bsh(x)",
      "WebFetch(path:/x)"
    ],
    "ask": ["Bash(git push:*)", "Edit(vault/**)"],
    "allow": ["Bash(npm:*)", "mcp__shop"],
    "defaultMode": "acceptEdits"
  }
}
`

let place: Place
let file: string
beforeEach(() => {
  place = makePlace({})
  file = join(place.project, '.claude/settings.json')
  write(file, SETTINGS)
})
afterEach(() => place.remove())

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'plus', ...args], {
    cwd: place.project,
    env: { ...place.env, NO_COLOR: '1' },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}
const trust = (): void => expect(run('trust').status).toBe(0)

interface List {
  rules: Array<Record<string, unknown>>
  problems: string[]
}
function list(): List {
  const { status, stdout, stderr } = run('permissions', 'list', '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout) as List
}

describe('plus permissions list', () => {
  it('--json has each rule with its place, whether it holds, and why not', () => {
    trust()
    const { rules, problems } = list()
    for (const rule of rules) {
      expect(Object.keys(rule).sort()).toEqual(['file', 'kind', 'line', 'rule', 'scope', 'served', 'why'])
    }
    expect(rules).toMatchObject([
      { rule: 'Bash(rm -rf:*)', kind: 'deny', scope: 'project', file, line: 4, served: true },
      { rule: 'Glob', kind: 'deny', line: 5, served: false, why: expect.stringContaining('codex searches with') },
      { rule: 'Bsh(x)', kind: 'deny', line: 6, served: false, why: expect.stringContaining('tool that is not known') },
      { rule: 'WebFetch(path:/x)', line: 7, served: false, why: expect.stringContaining('domain:HOST') },
      { rule: 'Bash(git push:*)', kind: 'ask', line: 9, served: true, why: expect.stringContaining('codex asks') },
      { rule: 'Edit(vault/**)', kind: 'ask', line: 9, served: true },
      { rule: 'Bash(npm:*)', kind: 'allow', line: 10, served: true },
      { rule: 'mcp__shop', kind: 'allow', line: 10, served: true, why: null },
    ])
    expect(problems).toEqual([
      `${file}:6: the rule 'Bsh(x)' names a tool that is not known.`,
      expect.stringMatching(/settings\.json:11: defaultMode acceptEdits: codex's questions/),
    ])
  })

  it('of a folder that is not trusted, what it allows does not hold, and what it forbids does', () => {
    const { rules } = list()
    expect(rules.filter(({ kind }) => kind === 'allow')).toEqual([
      expect.objectContaining({ served: false, why: expect.stringContaining('not trusted') }),
      expect.objectContaining({ served: false, why: expect.stringContaining('not trusted') }),
    ])
    expect(rules.find(({ line }) => line === 4)).toMatchObject({ served: true })
  })

  it('joins the rules of all scopes', () => {
    write(join(String(place.env.HOME), '.claude/settings.json'), '{"permissions":{"deny":["WebSearch"]}}')
    write(join(place.project, '.claude/settings.local.json'), '{"permissions":{"deny":["Agent(x)"]}}')
    const found = list().rules.map(({ rule, scope }) => `${scope} ${rule}`)
    expect(found).toEqual(expect.arrayContaining(['user WebSearch', 'project Glob', 'local Agent(x)']))
  })

  it('names a file with a wrong value, whose rules do not count', () => {
    write(file, '{\n  "permissions": { "deny": "Bash" }\n}')
    const { rules, problems } = list()
    expect(rules).toEqual([])
    expect(problems.join()).toMatch(/settings\.json:2: .*permissions\.deny/)
  })

  it('as text says of each rule where it stands and what becomes of it', () => {
    trust()
    const { status, stdout } = run('permissions', 'list')
    expect(status).toBe(0)
    expect(stdout).toContain(`deny  Bash(rm -rf:*)\n    ${file}:4 (project); holds`)
    expect(stdout).toContain(`deny  Glob\n    ${file}:5 (project); does not hold: codex searches with`)
  })
})

describe('plus permissions test', () => {
  it.each<[string[], Record<string, unknown>]>([
    [['Bash(rm -rf x)'], { verdict: 'deny', rule: 'Bash(rm -rf:*)', line: 4 }],
    [['Bash(ls && rm -rf x)'], { verdict: 'deny', rule: 'Bash(rm -rf:*)', line: 4 }],
    [['Bash(git push --force)'], { verdict: 'ask', rule: 'Bash(git push:*)', line: 9 }],
    [['Bash(npm test)'], { verdict: 'allow', rule: 'Bash(npm:*)', line: 10 }],
    [['Bash(make)'], { verdict: 'none', rule: null, file: null, line: null }],
    [['Edit(vault/x)'], { verdict: 'ask', rule: 'Edit(vault/**)' }],
    [['--tool', 'Edit', '--file', 'vault/x'], { verdict: 'ask', rule: 'Edit(vault/**)' }],
    [['--tool', 'Write', '--file', 'x'], { verdict: 'allow', rule: null }],
    [['--tool', 'Bash', '--command', 'rm -rf x'], { verdict: 'deny' }],
    [['mcp__shop__order'], { verdict: 'allow', rule: 'mcp__shop' }],
    [['WebSearch(q)'], { verdict: 'none' }],
  ])('%j --json gives %j, and ends with 0', (args, wanted) => {
    trust()
    const { status, stdout, stderr } = run('permissions', 'test', ...args, '--json')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const answer = JSON.parse(stdout) as Record<string, unknown>
    expect(Object.keys(answer)).toEqual(['verdict', 'rule', 'file', 'line'])
    expect(answer).toMatchObject({ ...(wanted.rule ? { file } : {}), ...wanted })
  })

  it('as text says why, and ends with 0 whatever the verdict', () => {
    const { status, stdout } = run('permissions', 'test', 'Bash(rm -rf x)')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^deny {2}deny Bash\(rm -rf:\*\) \(.*settings\.json:4\)\nPermission to use Bash/)
  })

  it.each([[[]], [['Bash']], [['(x']]])('refuses %j with how to write it', (args) => {
    const { status, stderr } = run('permissions', 'test', ...args)
    expect(status).not.toBe(0)
    expect(stderr).toContain("codex-plus plus permissions test 'Bash(git push)'")
  })
})

describe('plus doctor', () => {
  it('names each rule that does not hold, its place and why', () => {
    trust()
    const rows = JSON.parse(run('doctor', '--json').stdout) as Array<{ topic: string; level: string; text: string }>
    const texts = rows.filter(({ topic }) => topic === 'permissions').map(({ level, text }) => `${level} ${text}`)
    expect(texts).toEqual([
      "ok 5 of 8 rules hold for codex's tools",
      expect.stringMatching(/^note deny Glob does not hold: codex searches with .*settings\.json:5\)$/),
      expect.stringMatching(/^note deny Bsh\(x\) does not hold: it names a tool that is not known .*:6\)$/),
      expect.stringMatching(/^note deny WebFetch\(path:\/x\) does not hold: .*:7\)$/),
      expect.stringMatching(/^note .*settings\.json:11: defaultMode acceptEdits/),
    ])
  })

  it('has no rules to tell of where there are none', () => {
    write(file, '{}')
    const rows = JSON.parse(run('doctor', '--json').stdout) as Array<{ topic: string; text: string }>
    expect(rows.filter(({ topic }) => topic === 'permissions')).toMatchObject([{ text: 'no rules here' }])
  })
})
