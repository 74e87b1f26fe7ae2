import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Terminal as HeadlessTerminal } from '@xterm/headless'
import { spawn } from 'node-pty'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab } from '../../codex/lab.js'

const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as { Terminal: typeof HeadlessTerminal }

const FISH = '/usr/bin/fish'

let lab: Lab
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  lab = makeLab('none')
  lab.write('.claude/commands/fe/build.md', 'x')
  lab.write('.claude/commands/fe/bundle.md', 'x')
  lab.write('.claude/commands/zebra.md', 'x')
  const bin = join(lab.root, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'codex-plus'), `#!/bin/sh\nexec "${process.execPath}" "${CODEX_PLUS}" "$@"\n`, {
    mode: 0o755,
  })
  env = { ...lab.env, PATH: `${bin}:${process.env.PATH}`, PS1: '$ ' }
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, stderr, code } = await lab.run(CODEX_PLUS, ['plus', 'completion', shell])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    writeFileSync(join(lab.root, shell), stdout)
  }
})
afterAll(() => lab.remove())

/** What bash would offer for a command line. */
function bash(line: string): string[] {
  const words = line.split(' ')
  const script = `source ${join(lab.root, 'bash')}
    COMP_LINE=$1; COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
    _codex_plus codex-plus "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const out = execFileSync('bash', ['-c', script, 'bash', line, ...words], { env, cwd: lab.project, encoding: 'utf8' })
  return out.trim().split('\n').sort()
}

function fish(line: string): string[] {
  const script = `source ${join(lab.root, 'fish')}; complete -C '${line}'`
  const out = execFileSync(FISH, ['--no-config', '-c', script], { env, cwd: lab.project, encoding: 'utf8' })
  return out
    .trim()
    .split('\n')
    .map((row) => row.split('\t')[0] ?? '')
    .sort()
}

/** Types into a shell of a person and returns the screen once it shows what is wanted. */
async function type(shell: string, args: string[], setUp: string, keys: string, wanted: RegExp): Promise<string> {
  const terminal = new Terminal({ cols: 120, rows: 40, allowProposedApi: true })
  const child = spawn(shell, args, { cols: 120, rows: 40, cwd: lab.project, env })
  child.onData((data) => terminal.write(data))
  terminal.onData((reply) => child.write(reply))
  const screen = (): string =>
    Array.from({ length: 40 }, (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '').join(
      '\n',
    )
  const until = async (pattern: RegExp): Promise<void> => {
    for (let tries = 0; !pattern.test(screen()); tries += 1) {
      if (tries > 200) throw new Error(`${shell} never showed ${pattern}:\n${screen().trim()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  try {
    child.write(`${setUp}; clear; echo read''y\r`)
    await until(/^ready$/m)
    child.write(keys)
    await until(wanted)
    return screen()
  } finally {
    child.kill('SIGKILL')
    terminal.dispose()
  }
}

describe('bash', () => {
  it("completes codex's own words and ours side by side", () => {
    const first = bash('codex-plus ')
    for (const word of ['exec', 'resume', 'commands', 'hooks', 'modules', 'sessions', 'plus'])
      expect(first).toContain(word)
    expect(bash('codex-plus exec --sk')).toEqual(['--skip-git-repo-check'])
    expect(bash('codex-plus --plus-up')).toEqual(['--plus-upstream'])
    expect(bash('codex-plus --plus-safe exec --output-s')).toEqual(['--output-schema'])
    expect(bash('codex-plus exec --plus-dia')).toEqual(['--plus-dialect'])
    expect(bash('codex-plus --plus-transport ')).toEqual(['cycletls', 'native'])
  })

  it('completes our subcommands, their own and their flags', () => {
    expect(bash('codex-plus plus doc')).toEqual(['doctor'])
    expect(bash('codex-plus commands ')).toEqual(expect.arrayContaining(['expand', 'lint', 'list', 'show']))
    expect(bash('codex-plus commands list --j')).toEqual(['--json'])
    expect(bash('codex-plus plus completion ')).toEqual(expect.arrayContaining(['bash', 'fish', 'zsh']))
    expect(bash('codex-plus --plus-safe plus tru')).toEqual(['trust'])
    expect(bash('codex-plus plus doctor --')).toEqual(['--help', '--json'])
  })

  it('completes the names of slash commands, over colons and in quotes', () => {
    expect(bash('codex-plus exec /zeb')).toEqual(['/zebra'])
    expect(bash('codex-plus exec "/zeb')).toEqual(['/zebra'])
    expect(bash('codex-plus exec /fe:bu')).toEqual(['build', 'bundle'])
    expect(bash('codex-plus exec "/fe:bu')).toEqual(['/fe:build', '/fe:bundle'])
  })

  it('leaves out a name that would be code on the command line', () => {
    for (const name of ['qq;touch made', 'qq$(touch made)', 'qq`touch made`', 'qq-ok']) {
      lab.write(`.claude/commands/${name}.md`, 'x')
    }
    expect(bash('codex-plus /qq')).toEqual(['/qq-ok'])
  })

  it('in the hands of a person', async () => {
    const setUp = `source ${join(lab.root, 'bash')}; bind 'set show-all-if-ambiguous on'`
    const args = ['--norc', '--noprofile', '-i']
    await type('bash', args, setUp, 'codex-plus plus doct\t--js\t', /codex-plus plus doctor --json/)
    await type('bash', args, setUp, 'codex-plus exec /fe:buil\t', /codex-plus exec \/fe:build /)
    await type('bash', args, setUp, 'codex-plus exec "/zeb\t', /codex-plus exec "\/zebra"/)
    await type('bash', args, setUp, 'codex-plus exec --skip\t', /--skip-git-repo-check/)
  })
})

describe.runIf(existsSync(FISH))('fish', () => {
  it("completes codex's own words and ours", () => {
    expect(fish('codex-plus ex')).toContain('exec')
    expect(fish('codex-plus comm')).toContain('commands')
    expect(fish('codex-plus exec --sk')).toEqual(['--skip-git-repo-check'])
    expect(fish('codex-plus --plus-safe exec --sk')).toEqual(['--skip-git-repo-check'])
    expect(fish('codex-plus --plus-up')).toEqual(['--plus-upstream'])
    expect(fish('codex-plus --plus-transport ')).toEqual(['cycletls', 'native'])
    expect(fish('codex-plus plus doc')).toEqual(['doctor'])
    expect(fish('codex-plus commands list --j')).toEqual(['--json'])
    expect(fish('codex-plus plus completion ')).toEqual(['bash', 'fish', 'zsh'])
    expect(fish('codex-plus exec /zeb')).toContain('/zebra')
    expect(fish('codex-plus exec /fe:bu')).toEqual(['/fe:build', '/fe:bundle'])
  })
})

describe.runIf(existsSync('/usr/bin/zsh'))('zsh', () => {
  it("completes codex's own words and ours", async () => {
    const setUp = `autoload -Uz compinit; compinit -u -D; source ${join(lab.root, 'zsh')}`
    const zsh = (keys: string, wanted: RegExp): Promise<string> => type('zsh', ['-f', '-i'], setUp, keys, wanted)
    await zsh('codex-plus plus doct\t', /codex-plus plus doctor/)
    await zsh('codex-plus plus doctor --js\t', /codex-plus plus doctor --json/)
    await zsh('codex-plus exec /zeb\t', /codex-plus exec \/zebra/)
    await zsh('codex-plus exec /fe:bui\t', /codex-plus exec \/fe\\?:build/)
    // codex's own script alone completes no flags behind its subcommands: it counts the prompt as a word (0.169).
    await zsh('codex-plus exec --skip\t', /--skip-git-repo-check/)
    await zsh('codex-plus --no-alt\t', /--no-alt-screen/)
    await zsh('codex-plus --plus-ups\t', /--plus-upstream/)
    await zsh('codex-plus comman\t', /codex-plus commands/)
    await zsh('codex-plus resu\t', /resume +-- Resume/)
  })
})
