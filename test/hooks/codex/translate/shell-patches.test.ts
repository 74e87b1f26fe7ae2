import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replacePatch, shellPatches } from '../../../../src/hooks/codex/translate/shell-patches.js'

const PATCH = '*** Begin Patch\n*** Add File: a.txt\n+hi $HOME\n*** End Patch'
const heredoc = (body = PATCH, word = "'EOF'"): string => `<<${word}\n${body}\n${word.replace(/\W/g, '')}`

describe('a command that codex takes a patch out of', () => {
  it.each([
    ['alone', `apply_patch ${heredoc()}`, '/p'],
    ['with another delimiter', `apply_patch ${heredoc(PATCH, '"PATCH"')}`, '/p'],
    ['with a delimiter without quotes', `apply_patch ${heredoc(PATCH, 'END_PATCH')}\n`, '/p'],
    ['by its other name', `\n  applypatch ${heredoc()}\n`, '/p'],
    ['with a variable', `A=1 B= apply_patch ${heredoc()}`, '/p'],
    ['in another folder', `cd sub/dir && apply_patch ${heredoc()}`, '/p/sub/dir'],
    ['in a folder in quotes', `cd "a b" && apply_patch ${heredoc()}`, '/p/a b'],
    ['in a folder in single quotes', `cd '$x' &&\napply_patch ${heredoc()}`, '/p/$x'],
    ['in an absolute folder', `cd /q && apply_patch ${heredoc()}`, '/q'],
    ['in a folder that codex does not expand', `cd ~/q && apply_patch ${heredoc()}`, '/p/~/q'],
  ])('%s: its patch, in one folder', (_, command, folder) => {
    expect(shellPatches(command, '/p')).toEqual([{ text: PATCH, folders: [folder] }])
  })

  it('gets another patch in the place of its own', () => {
    const other = '*** Begin Patch\n*** Add File: b\n+$& $1\n*** End Patch\n'
    expect(replacePatch(`cd sub && apply_patch ${heredoc()}\n`, PATCH, other)).toBe(
      `cd sub && apply_patch ${heredoc(other.trimEnd())}\n`,
    )
    expect(replacePatch(`echo; apply_patch ${heredoc()}`, PATCH, other)).toBeNull()
    expect(replacePatch(`apply_patch ${heredoc()}`, 'other', other)).toBeNull()
  })
})

describe('every other command that runs apply_patch', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'codex-plus-patches-'))
    writeFileSync(join(folder, 'p.txt'), `${PATCH}\n`)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it.each([
    ['behind another command', `echo x; apply_patch ${heredoc()}`],
    ['before another command', `apply_patch ${heredoc().replace('\n', ' && echo ok\n')}`],
    ['in a subshell', `(apply_patch ${heredoc()}\n)`],
    ['in an if', `if true; then apply_patch ${heredoc()}\nfi`],
    ['as an argument', `apply_patch '${PATCH}'`],
    ['as an argument with escapes', `apply_patch $'${PATCH.replaceAll('\n', '\\n')}'`],
    ['as an argument from a command', `apply_patch "$(cat ${heredoc()}\n)"`],
    ['from a here string', `apply_patch <<< '${PATCH}'`],
    ['from a pipe', `cat ${heredoc().replace('\n', ' | apply_patch\n')}`],
    ['from a pipe of printf', `printf '%s\\n' '${PATCH}' | apply_patch`],
    ['from a variable', `P='${PATCH}'; apply_patch "$P"`],
    ['in a nested shell', `bash -lc "apply_patch ${heredoc(PATCH.replace('$HOME', '\\$HOME'))}"`],
    ['in eval', `eval 'apply_patch "${PATCH}"'`],
    ['behind a wrapper', `sudo env A=1 timeout 5 apply_patch ${heredoc()}`],
    ['by its path', `/usr/local/bin/apply_patch ${heredoc()}`],
    ['with flags', `apply_patch -v ${heredoc()}`],
    ['from a file', 'apply_patch < p.txt'],
    ['from a file by cat', 'cat p.txt | apply_patch'],
    ['from a file as an argument', 'apply_patch "$(cat p.txt)"'],
    ['in a command that cannot be read', `apply_patch ${heredoc()}\n)`],
    ['with a heredoc that is not closed', `apply_patch <<'EOF'\n${PATCH}`],
  ])('%s: its patch', (_, command) => {
    expect(shellPatches(command, folder)).toEqual([{ text: PATCH, folders: [folder] }])
  })

  it('in a folder: there, and where it would be if the way there failed', () => {
    expect(shellPatches(`cd sub; apply_patch ${heredoc()}`, '/p')[0]?.folders).toEqual(['/p/sub', '/p'])
    expect(shellPatches(`cd ~ && cd x && echo && apply_patch ${heredoc()}`, '/p')[0]?.folders).toContain(
      join(homedir(), 'x'),
    )
  })

  it('with several patches: each of them', () => {
    const other = PATCH.replace('a.txt', 'b.txt')
    const found = shellPatches(`apply_patch ${heredoc()}\ncd sub && apply_patch ${heredoc(other)}`, '/p')
    expect(found.map(({ text }) => text)).toEqual([PATCH, other])
  })

  it('with a patch that never ends: what there is of it', () => {
    expect(shellPatches("apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: .env\n+x\nEOF", '/p')).toEqual([
      { text: expect.stringContaining('*** Add File: .env'), folders: ['/p'] },
    ])
  })
})

describe('a command without a patch', () => {
  it.each([
    ['that does not run apply_patch', `cat ${heredoc()}`],
    ['that only speaks of it', `grep -rn apply_patch . ${heredoc()}`],
    ['that runs it without one', 'apply_patch --help'],
    ['that names a file that is not there', 'apply_patch < /no/such/file'],
    ['that reads a device', 'apply_patch < /dev/zero'],
    ['that is nested deeply', `${'$('.repeat(5000)}apply_patch`],
  ])('%s has none', (_, command) => {
    expect(shellPatches(command, '/p')).toEqual([])
  })
})
