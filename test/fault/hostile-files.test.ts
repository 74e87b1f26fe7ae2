import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'
import { scaled } from '../time.js'

const count = <Item>(length: number, make: (at: number) => Item): Item[] => Array.from({ length }, (_, at) => make(at))
const entries = (value: unknown): unknown => Object.fromEntries(count(5000, (at) => [`k${at}`, value]))
/** JSON of 30,000 lines and 90 KB with one bad token at its end. */
const BROKEN = `[\n${'1,\n'.repeat(30_000)}x]\n`
const SETTINGS = '.claude/settings.json'

let lab: Lab
beforeEach(() => {
  lab = makeLab()
})
afterEach(() => lab.remove())

/** What a start with the echo upstream says of a file, and how long it took in ms. */
async function start(file: string): Promise<{ lines: string[]; ms: number }> {
  const begun = performance.now()
  const result = await lab.run(CODEX_PLUS, ['--plus-upstream', 'echo', 'exec', 'hi'])
  const ms = performance.now() - begun
  expect(result.code).toBe(0)
  const place = `codex-plus: ${join(lab.project, file)}:`
  return { lines: result.stderr.split('\n').filter((line) => line.startsWith(place)), ms }
}

describe('a start where a file of the project is wrong in many places', () => {
  it.each<[name: string, file: string, text: string, first: RegExp, lines: number]>([
    ['settings of 90 KB with one bad token', SETTINGS, BROKEN, /:30002: not valid JSON; the file is ignored\.$/, 1],
    ['servers of 90 KB with one bad token', '.mcp.json', BROKEN, /:30002: not valid JSON; its MCP servers are/, 1],
    [
      '5000 wrong hooks',
      SETTINGS,
      JSON.stringify({ hooks: { Stop: count(5000, () => ({ hooks: [{}] })) } }, null, 1),
      /:6: hooks\.Stop\[0\]\.hooks\[0\] has no type/,
      6,
    ],
    ['5000 wrong events', SETTINGS, JSON.stringify({ hooks: entries(1) }, null, 1), /:3: hooks\.k0 is not a list/, 6],
    [
      '5000 unknown settings',
      SETTINGS,
      JSON.stringify({ codexPlus: entries(1) }),
      /: codexPlus\.k0 is not a setting/,
      6,
    ],
    ['5000 wrong servers', '.mcp.json', JSON.stringify({ mcpServers: entries({}) }, null, 1), /:3: MCP server 'k0'/, 6],
  ])('%s: takes not much longer and says little', async (_, file, text, first, lines) => {
    const clean = await start(file)
    expect(clean.lines).toEqual([])
    lab.write(file, text)
    const wrong = await start(file)
    expect(wrong.lines[0]).toMatch(first)
    expect(wrong.lines).toHaveLength(lines)
    if (lines > 1) expect(wrong.lines.at(-1)).toMatch(/: and 4995 more problems\.$/)
    expect(wrong.ms).toBeLessThan(clean.ms * 3 + scaled(3000))
  })

  it('the list of hooks names them all', async () => {
    lab.write(SETTINGS, JSON.stringify({ hooks: { Stop: count(5000, () => ({ hooks: [{}] })) } }, null, 1))
    const listed = await lab.run(CODEX_PLUS, ['hooks', 'list', '--json'])
    const { problems } = JSON.parse(listed.stdout) as { problems: string[] }
    expect(problems).toHaveLength(5000)
    expect(problems[4999]).toMatch(/:25001: hooks\.Stop\[4999\]\.hooks\[0\] has no type/)
  })
})
