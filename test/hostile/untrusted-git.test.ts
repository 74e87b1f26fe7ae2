import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab, makeLab } from '../codex/lab.js'

/** A clone that its user has not trusted, with what git would run of it. */
let lab: Lab
/** The program of the repository; it leaves a mark where it runs. */
let program: string

beforeEach(() => {
  lab = makeLab()
  distrust()
  git('config', 'user.name', 'a')
  git('config', 'user.email', 'a@b')
  lab.write('a.txt', 'one\n')
  git('add', '.')
  git('commit', '-q', '-m', 'first')
  lab.write('a.txt', 'two\n')
  lab.write('evil.sh', '#!/bin/sh\ntouch "$HOME/ran"\ncat\n')
  program = `sh ${lab.project}/evil.sh`
})
afterEach(() => lab.remove())

function distrust(): void {
  const file = join(lab.codexHome, 'config.toml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"trusted"', '"untrusted"'))
}

function git(...args: string[]): void {
  execFileSync('git', ['-C', lab.project, ...args], { stdio: 'ignore' })
}

async function expand(prompt: string, cwd = lab.project): Promise<{ text: string[]; message: string | null }> {
  const { stdout, stderr } = await lab.run(CODEX_PLUS, ['commands', 'expand', '--json', prompt], { cwd })
  try {
    return JSON.parse(stdout) as { text: string[]; message: string | null }
  } catch {
    throw new Error(`${stdout}${stderr}`)
  }
}

const ran = (): boolean => existsSync(join(lab.home, 'ran'))

describe('a shipped command in an untrusted repository', () => {
  it.each([
    ['core.fsmonitor', () => git('config', 'core.fsmonitor', program)],
    ['core.pager', () => git('config', 'core.pager', program)],
    ['core.hooksPath', () => git('config', 'core.hooksPath', 'hooks')],
    ['core.sshCommand', () => git('config', 'core.sshCommand', program)],
    [
      'a setting of another file',
      () => {
        lab.write('more', `[core]\n\tfsmonitor = ${program}\n`)
        git('config', 'include.path', '../more')
      },
    ],
  ])('runs git, and nothing of %s', async (_name, prepare) => {
    prepare()
    const { text, message } = await expand('/commit')
    expect(message).toBeNull()
    expect(text.join('\n')).toContain('M a.txt')
    expect(ran()).toBe(false)
  })

  it.each([
    ['diff.external', () => git('config', 'diff.external', program)],
    ['diff.evil.textconv', () => git('config', 'diff.evil.textconv', program)],
    ['diff.evil.command', () => git('config', 'diff.evil.command', program)],
    ['filter.evil.clean', () => git('config', 'filter.evil.clean', program)],
    ['filter.evil.process', () => git('config', 'filter.evil.process', program)],
    ['alias.st', () => git('config', 'alias.st', `!${program}`)],
    [
      'filter.evil.clean',
      () => {
        git('config', 'extensions.worktreeConfig', 'true')
        git('config', '--worktree', 'filter.evil.clean', program)
      },
    ],
  ])('does not run where the repository sets %s, and says so', async (key, prepare) => {
    lab.write('.gitattributes', '*.txt filter=evil diff=evil\n')
    prepare()
    const { message } = await expand('/commit')
    expect(message).toMatch(
      new RegExp(
        `commit\\.md:\\d+: .* was not run: the folder is not trusted, and the git configuration of the folder sets ${key}`,
      ),
    )
    expect(message).toContain('codex-plus plus trust')
    expect(ran()).toBe(false)
  })

  it('does not take a folder of the clone for a repository of its own', async () => {
    const demo = join(lab.project, 'demo')
    execFileSync('git', ['init', '-q', '--bare', demo])
    execFileSync('git', ['-C', demo, 'config', 'core.bare', 'false'])
    execFileSync('git', ['-C', demo, 'config', 'core.worktree', lab.project])
    execFileSync('git', ['-C', demo, 'config', 'core.fsmonitor', program])
    await expand('/commit', demo)
    await expand('/fix-tests', demo)
    expect(ran()).toBe(false)
  })

  it.each([
    ['a working tree elsewhere', () => git('config', 'core.worktree', lab.home)],
    [
      'a repository elsewhere',
      () => {
        const own = join(lab.home, 'private')
        execFileSync('git', ['init', '-q', own])
        execFileSync('mv', [join(lab.project, '.git'), join(lab.root, 'away')])
        lab.write('.git', `gitdir: ${own}/.git\n`)
      },
    ],
  ])('reads nothing of %s', async (_name, prepare) => {
    writeFileSync(join(lab.home, 'secret-file'), 'x')
    prepare()
    const { text, message } = await expand('/commit')
    expect(text.join('\n')).not.toContain('secret-file')
    expect(message).toContain('git would work in a repository that is not the one of the folder')
  })

  it('works in a worktree and in a submodule', async () => {
    const tree = join(lab.root, 'tree')
    git('worktree', 'add', '-q', tree)
    writeFileSync(join(tree, 'a.txt'), 'three\n')
    expect((await expand('/commit', tree)).text.join('\n')).toContain('M a.txt')
    execFileSync('git', ['init', '-q', join(lab.root, 'library')])
    execFileSync('git', [
      '-C',
      join(lab.root, 'library'),
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'x',
    ])
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', join(lab.root, 'library'), 'lib')
    writeFileSync(join(lab.project, 'lib', 'new.txt'), 'x')
    expect((await expand('/commit', join(lab.project, 'lib'))).text.join('\n')).toContain('new.txt')
  })
})

describe("the user's own command in an untrusted repository", () => {
  const own = (body: string): void => {
    const folder = join(lab.home, '.claude/commands')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'own.md'), `---\nallowed-tools: Bash\n---\n${body}\n`)
  }

  it.each([
    ['make', 'all:\n\ttouch $(HOME)/ran\n', 'Makefile'],
    ['npm test', '{"scripts":{"test":"touch $HOME/ran"}}', 'package.json'],
    ['./evil.sh', '#!/bin/sh\ntouch $HOME/ran\n', 'evil.sh'],
    ['sh evil.sh', 'touch $HOME/ran\n', 'evil.sh'],
    ['GIT_CONFIG_COUNT=0 git status', '', 'x'],
    ['git -C sub status', '', 'x'],
    ['echo $(make)', '', 'x'],
  ])('hands %s to the model, whose sandbox has it', async (command, text, file) => {
    lab.write(file, text)
    own(`Look: !\`${command}\``)
    const expansion = await expand('/own')
    expect(expansion.text.join('\n')).toContain('not run yet')
    expect(ran()).toBe(false)
    own(`!${command}`)
    expect((await expand('/own')).message).toMatch(/own\.md:4: .* was not run: the folder is not trusted, and /)
    expect(ran()).toBe(false)
  })

  it('reads, as ever', async () => {
    own('!`cat a.txt` and !`git diff --stat` and !`ls`')
    const { text } = await expand('/own')
    expect(text.join('\n')).toMatch(/two[\s\S]*a\.txt \| 2[\s\S]*evil\.sh/)
  })

  it('runs no program that the folder puts in the place of git', async () => {
    lab.write('bin/git', '#!/bin/sh\ntouch "$HOME/ran"\n')
    execFileSync('chmod', ['+x', join(lab.project, 'bin/git')])
    own('!`git status --short`')
    const link = join(lab.root, 'tools')
    symlinkSync(join(lab.project, 'bin'), link)
    for (const entry of [join(lab.project, 'bin'), 'bin', '', link]) {
      const env = { PATH: `${entry}:${process.env.PATH}` }
      await lab.run(CODEX_PLUS, ['commands', 'expand', '--json', '/own'], { env })
      expect(ran(), entry).toBe(false)
    }
  })
})
