import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCommandEngine } from '../../src/commands/command-engine.js'
import type { Expansion } from '../../src/commands/expansion.js'

// A small file for each rule, in both dialects: `auto`, and `claude`, which is the `-p` of Claude Code 2.1.332.

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'rule-files-')))
  mkdirSync(join(root, 'project/.git'), { recursive: true })
  write('codex/config.toml', `[projects."${root}/project"]\ntrust_level = "trusted"\n`)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function expand(prompt: string, dialect: 'auto' | 'claude'): Promise<Expansion> {
  const env = { PATH: process.env.PATH, HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex') }
  const lists = { allow: [], deny: [] }
  const cwd = join(root, 'project')
  const engine = createCommandEngine({ cwd, env, dialect, shellTimeoutMs: 10_000, assumeTrust: true, lists })
  return engine.expand(prompt, { sessionId: 'session', effort: null })
}

async function texts(prompt: string): Promise<{ auto: string; claude: string }> {
  const shown = ({ outcome, text, message }: Expansion): string =>
    outcome === 'local' ? `local: ${message}` : text.join('|')
  return { auto: shown(await expand(prompt, 'auto')), claude: shown(await expand(prompt, 'claude')) }
}

const command = (text: string): void => write('project/.claude/commands/c.md', text)
const skill = (text: string): void => write('project/.claude/skills/c/SKILL.md', text)
const settings = (text: string, file = 'project/.claude/settings.json'): void => write(file, text)

describe('`$N` that nobody filled', () => {
  it.each<[file: string, args: string, auto: string, claude: string]>([
    ['Deploy $1 to $2.', 'a b', 'Deploy a to b.', 'Deploy b to $2.'],
    ['Deploy $0 to $1.', 'a b', 'Deploy a to b.', 'Deploy a to b.'],
    ['Deploy $1 to $2.', 'a', 'Deploy a to $2.', 'Deploy $1 to $2.\n\nARGUMENTS: a'],
    ['Flag days over $20.', 'march only', 'Flag days over $20.\n\nARGUMENTS: march only', '='],
    ["Run `awk '{print $1}' f`.", 'a', "Run `awk '{print $1}' f`.\n\nARGUMENTS: a", '='],
    ['See `legacy/$1`.', 'a', 'See `legacy/a`.', 'See `legacy/$1`.\n\nARGUMENTS: a'],
    ['```\ngit show $1\n```', 'a', '```\ngit show $1\n```\n\nARGUMENTS: a', '='],
    ['Try:\n\n    git show $1', 'a', 'Try:\n\n    git show $1\n\nARGUMENTS: a', '='],
    ['Pay $1,000, $2.5, $5k or <$5', 'a', 'Pay $1,000, $2.5, $5k or <$5\n\nARGUMENTS: a', '='],
    ['---\nargument-hint: <rev>\n---\n`git show $1`', 'a b', '`git show a`', '`git show b`'],
    ['$ARGUMENTS[0] and $ARGUMENTS[4]', 'a', 'a and $ARGUMENTS[4]', '='],
    ['$ARGUMENTS[4]', 'a', '$ARGUMENTS[4]\n\nARGUMENTS: a', '='],
    ['Say $ARGUMENTS', '$ARGUMENTS $1', 'Say $ARGUMENTS $1', '='],
    ['Say $ARGUMENTS', '', 'Say ', '='],
    ['No place', 'a b', 'No place\n\nARGUMENTS: a b', '='],
    ['---\narguments: [who]\n---\nHi $who', 'Ann', 'Hi Ann', '='],
  ])('%j with %j', async (file, args, auto, claude) => {
    command(file)
    expect(await texts(`/c ${args}`)).toEqual({ auto, claude: claude === '=' ? auto : claude })
  })

  it('in a skill counts only where it declares its arguments', async () => {
    skill('---\nname: c\n---\nDeploy $1.')
    expect((await texts('/c a')).auto).toContain('Deploy $1.\n\nARGUMENTS: a')
    skill('---\nname: c\nargument-hint: <where>\n---\nDeploy $1.')
    expect((await texts('/c a')).auto).toMatch(/Deploy a\.$/)
  })
})

describe('a shell block that no rule allows', () => {
  const block = '!`touch made`'
  it('is handed to the model in auto, whole and in place, and refused in claude', async () => {
    command(`Now: ${block} end`)
    const { auto, claude } = await texts('/c')
    expect(auto).toMatch(/Now: [\s\S]* end$/)
    expect(auto).toContain('touch made')
    expect(auto).not.toMatch(/^local/)
    expect(claude).toMatch(/^local: /)
  })

  it('that an ask rule covers is handed over, too; a deny rule ends the command in both', async () => {
    command(`Now: ${block} end`)
    settings('{"permissions":{"ask":["Bash(touch:*)"],"allow":["Bash"]}}')
    expect((await texts('/c')).auto).toMatch(/Now: [\s\S]* end$/)
    settings('{"permissions":{"deny":["Bash(touch:*)"]}}')
    const { auto, claude } = await texts('/c')
    expect([auto, claude]).toEqual([expect.stringMatching(/^local: /), expect.stringMatching(/^local: /)])
  })

  it('that fails ends the command in both', async () => {
    command('---\nallowed-tools: Bash(ls:*)\n---\n!`ls none-such`')
    const { auto, claude } = await texts('/c')
    expect([auto, claude]).toEqual([expect.stringMatching(/^local: /), expect.stringMatching(/^local: /)])
  })
})

describe('a settings file', () => {
  const runs = async (): Promise<boolean[]> => {
    command('!`mkdir -p made && echo ran`')
    const { auto, claude } = await texts('/c')
    return [auto === 'ran', claude === 'ran']
  }
  it.each<[string, boolean]>([
    ['{"permissions":{"allow":["Bash(mkdir:*)"]}}', true],
    ['{"permissions":{"allow":["Bash(mkdir:*)"],"defaultMode":"allowEdits"}}', false],
    ['{"permissions":{"allow":["Bash(mkdir:*)"],"deny":"Bash"}}', false],
    ['{"permissions":{"allow":"Bash(mkdir:*)"}}', false],
    ['{"permissions":{"allow":["Bash(mkdir:*)"]},"noSuchKey":7}', true],
    ['{"permissions":{"allow":["Bash(mkdir:*)","odd(","Foo(x)"]}}', true],
    ['{"permissions":{"defaultMode":"bypassPermissions"}}', false],
  ])('%s: what it allows counts: %s', async (text, counts) => {
    settings(text)
    expect(await runs()).toEqual([counts, counts])
  })

  it('bypassPermissions counts in the user’s own', async () => {
    settings('{"permissions":{"defaultMode":"bypassPermissions"}}', 'home/.claude/settings.json')
    expect(await runs()).toEqual([true, true])
  })
})

describe('front matter', () => {
  it.each<[value: string, invocable: boolean]>([
    ...['true', 'yes', 'on', '1', 'Yes'].map((word): [string, boolean] => [word, true]),
    ...['false', 'no', 'off', '0', 'never', '"maybe"'].map((word): [string, boolean] => [word, false]),
  ])('user-invocable: %s', async (value, invocable) => {
    command(`---\nuser-invocable: ${value}\n---\nText`)
    const { auto, claude } = await texts('/c')
    expect([auto === 'Text', claude === 'Text']).toEqual([invocable, invocable])
  })

  it('behind a BOM is read', async () => {
    const mark = String.fromCharCode(0xfeff)
    command(`${mark}---\nallowed-tools: Bash(mkdir:*)\n---\n!\`mkdir -p made && echo ran\``)
    expect(await texts('/c')).toEqual({ auto: 'ran', claude: 'ran' })
  })

  it('with a guard hook that cannot be read has no allowed-tools', async () => {
    const hooks = 'hooks:\n  PreToolUse:\n    - matcher: Bash\n      hooks: 7'
    command(`---\nallowed-tools: Bash(mkdir:*)\n${hooks}\n---\n!\`mkdir -p made && echo ran\``)
    const { auto, claude } = await texts('/c')
    expect(auto).not.toBe('ran')
    expect(claude).toMatch(/^local: /)
  })
})

describe('argument words', () => {
  it.each<[args: string, first: string]>([
    ['`npm test` fails', 'npm'],
    ['"two words" b', 'two words'],
    ["'a b' c", 'a b'],
  ])('%j: $0 is %j in both', async (args, first) => {
    command('[$0]')
    expect(await texts(`/c ${args}`)).toEqual({ auto: `[${first}]`, claude: `[${first}]` })
  })
})

describe('commands that only read', () => {
  it.each<[line: string, free: boolean]>([
    ['du -s /etc/hostname', true],
    ['realpath /etc', true],
    ['readlink -f /etc', true],
    ['wc -l < ~/list', false],
    ['cat /etc/hostname', false],
    ['sort f | uniq -c', true],
    ['cat f | sed "s/a/b/"', true],
    ['date -d yesterday', true],
    ['[[ -f f ]]', true],
    ['grep a <<< "abc"', true],
    ['command ls', true],
    ['timeout 5 ls', true],
    ['cat list | xargs cat', false],
    ['jq -n env', false],
    ["jq -n '$ENV'", false],
    ['F=t; touch "$F"', false],
  ])('%s is free: %s', async (line, free) => {
    write('project/f', 'abc\n')
    write('home/list', 'x\n')
    command(`!\`${line}\``)
    const { claude } = await texts('/c')
    expect(claude.startsWith('local: ')).toBe(!free)
  })
})

describe('`@file`', () => {
  it('with lines is attached as far as they go', async () => {
    write('project/f', 'one\ntwo\nthree\nfour\n')
    command('Look at @f#L2-3')
    for (const dialect of ['auto', 'claude'] as const) {
      const { attachments } = await expand('/c', dialect)
      const text = JSON.stringify(attachments)
      expect(text).toContain('two')
      expect(text).toContain('three')
      expect(text).not.toMatch(/one|four/)
    }
  })

  it('that is not UTF-8 comes with a note', async () => {
    write('project/f', Buffer.from([0x61, 0xe9, 0x62, 0x0a]))
    command('Look at @f')
    for (const dialect of ['auto', 'claude'] as const) {
      expect((await expand('/c', dialect)).attachments).toMatchObject([{ garbled: true }])
    }
  })
})

describe('an unknown name', () => {
  it('passes in both, the words as typed, and is named', async () => {
    command('x')
    for (const dialect of ['auto', 'claude'] as const) {
      expect(await expand('/cc a  "b', dialect)).toMatchObject({
        outcome: 'passthrough',
        text: ['/cc a  "b'],
        unknown: { name: 'cc' },
      })
    }
  })
})
