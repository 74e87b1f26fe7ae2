import { afterEach, describe, expect, it } from 'vitest'
import { scaled } from '../time.js'
import { type ModulesPlace, makePlace, moduleFile } from './place.js'

let place: ModulesPlace
afterEach(() => place.remove())

/** Writes broken modules beside a good one, which has to go on working. */
function withGood(files: Record<string, string>, timeoutMs = 5000): void {
  place = makePlace({ timeoutMs })
  place.write('.claude/modules/good.mjs', moduleFile('good', "mutatePrompt: () => 'good',"))
  for (const [name, text] of Object.entries(files)) place.write(`.claude/modules/${name}`, text)
}

describe('a module that cannot be loaded is named with file and line, and the others work', () => {
  it.each([
    ['a syntax error', 'export default {\n  name: "x",\n  foo bar\n}\n', /bad\.mjs:3: Unexpected identifier/],
    ['a throw while it loads', 'const a = 1\nthrow new Error("no disk")\n', /bad\.mjs:2: no disk/],
    ['an import that is not there', 'const a = 1\nimport "./missing.mjs"\n', /bad\.mjs:2: Cannot find module/],
    ['a name that is not exported', 'import { nope } from "node:fs"\n', /bad\.mjs:1: .*nope/],
    ['no module at all', 'export const answer = 42\n', /bad\.mjs(:\d+)?: `name` must be a text/],
    ['a default export of null', 'export default null\n', /bad\.mjs(:\d+)?: /],
    ['a name with a blank', moduleFile('a b', "mutatePrompt: () => '',"), /`name` must have no blank/],
    [
      'no canHandle',
      'export default { name: "x", description: "y" }\n',
      /`canHandle\(command, args\)` must be a function/,
    ],
    ['nothing it can do', moduleFile('x', ''), /it needs one of `executeLocally`, `mutatePrompt`, `enhancePrompt`/],
    ['process.exit while it loads', 'process.exit(3)\n', /bad\.mjs: its import ended its thread/],
  ])('%s', async (_what, text, problem) => {
    withGood({ 'bad.mjs': text })
    expect((await place.expand('/good')).text).toEqual(['good'])
    expect(place.problems).toHaveLength(1)
    expect(place.problems[0]).toMatch(problem)
    expect(place.problems[0]).toMatch(/the module is skipped\.$/)
    await place.expand('/good')
    expect(place.problems).toHaveLength(1)
  })
})

describe('a module that fails at its work', () => {
  it('throws: file, line, and nothing is sent', async () => {
    withGood({ 'bad.mjs': moduleFile('bad', "mutatePrompt() {\n    throw new Error('out of coffee')\n  },") })
    const { outcome, message, aside } = await place.expand('/bad x')
    expect({ outcome, aside }).toEqual({ outcome: 'local', aside: true })
    expect(message).toMatch(/^\/bad did not work: .*bad\.mjs:7: out of coffee$/)
    expect(place.problems[0]).toMatch(/bad\.mjs:7: out of coffee; the module is skipped\.$/)
  })

  it('costs itself where a command file stands behind it', async () => {
    withGood({ 'bad.mjs': moduleFile('bad', 'enhancePrompt: async () => Promise.reject(new Error("late")),') })
    place.write('.claude/commands/bad.md', 'from the file')
    expect((await place.expand('/bad')).text).toEqual(['from the file'])
    expect(place.problems[0]).toMatch(/bad\.mjs:6: late/)
  })

  it.each([
    ['a promise that never settles', 'mutatePrompt: () => new Promise(() => {}),'],
    ['a loop that never ends', 'mutatePrompt: () => { for (;;); },'],
  ])('hangs past its budget: %s', async (_what, functions) => {
    withGood({ 'bad.mjs': moduleFile('bad', functions) }, 1000)
    const { message } = await place.expand('/bad')
    expect(message).toMatch(/bad\.mjs:6: mutatePrompt took longer than 1 s$/)
    expect((await place.expand('/good')).text).toEqual(['good'])
    // It is not asked again, until its file changes.
    const begun = performance.now()
    expect((await place.expand('/bad')).outcome).toBe('passthrough')
    expect(performance.now() - begun).toBeLessThan(scaled(900))
  })

  it('ends the process, prints, or throws later: the thread is its own', async () => {
    withGood({
      'exit.mjs': moduleFile('exit', 'mutatePrompt: () => process.exit(1),'),
      'later.mjs': moduleFile(
        'later',
        "mutatePrompt() {\n    console.log('noise')\n    setTimeout(() => { throw new Error('afterwards') })\n    return 'fine'\n  },",
      ),
    })
    expect((await place.expand('/exit')).message).toMatch(/exit\.mjs:6: mutatePrompt ended its thread/)
    expect((await place.expand('/later')).text).toEqual(['fine'])
    expect((await place.expand('/good')).text).toEqual(['good'])
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(place.problems.at(-1)).toMatch(/later\.mjs:8: an error outside of any call: afterwards\.$/)
  })

  it('cannot say whether it is meant: the others are asked, and what nobody takes goes on as typed', async () => {
    const text = moduleFile('bad', "mutatePrompt: () => 'x',").replace(
      /canHandle: .*/,
      "canHandle() { throw new Error('eh') },",
    )
    withGood({ 'bad.mjs': text })
    expect((await place.expand('/good')).text).toEqual(['good'])
    expect(await place.expand('/unknown')).toMatchObject({ outcome: 'passthrough', text: ['/unknown'] })
    expect(place.problems[0]).toMatch(/bad\.mjs:5: eh; the module is skipped\.$/)
  })

  it('returns what is no text', async () => {
    withGood({ 'bad.mjs': moduleFile('bad', 'mutatePrompt: () => 42,') })
    expect((await place.expand('/bad')).message).toMatch(/bad\.mjs: mutatePrompt returned no text$/)
  })
})

describe('TypeScript', () => {
  it('is read where node reads it, and named where not', async () => {
    withGood({ 'typed.ts': moduleFile('typed', "mutatePrompt: (command: string): string => 'typed ' + command,") })
    const { text, outcome } = await place.expand('/typed')
    const reads = Boolean((process.features as { typescript?: unknown }).typescript)
    expect({ text, outcome }).toEqual(
      reads ? { text: ['typed typed'], outcome: 'prompt' } : { text: ['/typed'], outcome: 'passthrough' },
    )
    expect(place.problems.join()).toMatch(reads ? /^$/ : /typed\.ts is skipped: node [\d.]+ cannot load TypeScript/)
    expect((await place.expand('/good')).text).toEqual(['good'])
  })
})

describe('trust', () => {
  it("a project's modules are not loaded in a folder nobody trusts; personal ones are", async () => {
    place = makePlace({ trusted: false })
    place.write('.claude/modules/p.mjs', moduleFile('p', "mutatePrompt: () => 'project',"))
    place.write('~/.claude/modules/u.mjs', moduleFile('u', "mutatePrompt: () => 'personal',"))
    expect((await place.expand('/p')).outcome).toBe('passthrough')
    expect((await place.expand('/u')).text).toEqual(['personal'])
    expect(place.problems[0]).toMatch(/p\.mjs is not loaded: the folder is not trusted\. See `codex-plus plus trust`\./)
  })
})
