import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { executableIn, type FoundCodex, findCodex } from '../../../src/codex/find-codex.js'
import { CODEX, CODEX_PLUS } from '../lab.js'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-find-')))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Writes a file below the scratch folder, executable unless told otherwise. */
function program(path: string, text = '#!/bin/sh\necho codex-cli 0.169.0\n', mode = 0o755): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

function link(path: string, target: string): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  symlinkSync(target, file)
  return file
}

const find = (env: NodeJS.ProcessEnv, projectRoot: string | null = null): FoundCodex =>
  findCodex({ env, projectRoot, ownProgram: realpathSync(CODEX_PLUS) })

const path = (...entries: string[]): NodeJS.ProcessEnv => ({
  PATH: entries.map((entry) => (entry.startsWith('.') || entry === '' ? entry : join(root, entry))).join(':'),
})

describe('on PATH', () => {
  it('the first one is run as it is', () => {
    const first = program('a/codex')
    program('b/codex')
    expect(find(path('none', 'a', 'b'))).toEqual({
      file: first,
      argsPrefix: [],
      env: {},
      source: 'path',
      found: first,
      ignored: [],
    })
  })

  it('it comes before CODEX_PLUS_CODEX', () => {
    const first = program('a/codex')
    expect(find({ ...path('a'), CODEX_PLUS_CODEX: program('named') }).found).toBe(first)
  })

  it('a folder, or a file that is not executable, is none', () => {
    mkdirSync(join(root, 'a/codex'), { recursive: true })
    program('b/codex', 'text', 0o644)
    const third = program('c/codex')
    expect(find(path('a', 'b', 'c'))).toMatchObject({ found: third, ignored: [] })
  })

  it.each([
    ['a link to our own program', () => link('a/codex', CODEX_PLUS), false],
    ['a link to such a link', () => link('a/codex', link('x', CODEX_PLUS)), false],
    ['a script that runs codex-plus', () => program('a/codex', '#!/bin/sh\nexec codex-plus "$@"\n'), true],
    ['a script that runs it by its path', () => program('a/codex', '#!/bin/sh\n"/opt/bin/codex-plus" "$@"\n'), true],
    ['a script that runs its file', () => program('a/codex', '#!/bin/sh\nnode /opt/bin/codex-plus.js "$@"\n'), true],
  ])('%s is never taken for codex', (_name, make, named) => {
    const ours = make()
    const real = program('b/codex')
    const found = find(path('a', 'b'))
    expect(found.found).toBe(real)
    expect(found.ignored).toEqual(named ? [{ path: ours, reason: 'it calls codex-plus' }] : [])
  })

  it('a script that only lies in a folder of that name, or speaks of it, is codex', () => {
    const shim = program('a/codex', '#!/bin/sh\n# not codex-plus\nexec /opt/codex-plus/node_modules/real "$@"\n')
    expect(find(path('a')).found).toBe(shim)
  })

  it('one in the project’s folder is passed over and named', () => {
    const hostile = program('project/bin/codex')
    const real = program('b/codex')
    const found = find(path('project/bin', 'b'), join(root, 'project'))
    expect(found.found).toBe(real)
    expect(found.ignored).toEqual([{ path: hostile, reason: "it is inside the project's folder" }])
  })

  it('also where a link leads into the project', () => {
    program('project/bin/codex')
    link('linked', join(root, 'project'))
    const real = program('b/codex')
    expect(find(path('linked/bin', 'b'), join(root, 'project'))).toMatchObject({
      found: real,
      ignored: [{ path: join(root, 'linked/bin/codex') }],
    })
  })

  it('a folder whose name only begins like the project’s is not in it', () => {
    mkdirSync(join(root, 'project'))
    const real = program('project-tools/codex')
    expect(find(path('project-tools'), join(root, 'project')).found).toBe(real)
  })

  it('without a project nothing is passed over', () => {
    const real = program('project/bin/codex')
    expect(find(path('project/bin')).found).toBe(real)
  })
})

describe('CODEX_PLUS_CODEX', () => {
  it('is run when PATH has none', () => {
    const named = program('named')
    expect(find({ PATH: '', CODEX_PLUS_CODEX: named })).toMatchObject({ file: named, source: 'env', found: named })
  })

  it('a script of node’s needs no execute bit', () => {
    const named = program('other.js', '', 0o644)
    expect(find({ PATH: '', CODEX_PLUS_CODEX: named })).toMatchObject({ file: process.execPath, argsPrefix: [named] })
  })

  it.each([
    ['a file that is missing', () => join(root, 'none'), /none, which is not an executable file/],
    ['a folder', () => root, /which is not an executable file/],
    ['our own program', () => CODEX_PLUS, /which is codex-plus itself/],
    ['a link to it', () => link('codex', CODEX_PLUS), /which is codex-plus itself/],
  ])('%s is refused', (_name, make, message) => {
    expect(() => find({ PATH: '', CODEX_PLUS_CODEX: make() })).toThrow(
      expect.objectContaining({ code: 'CP_CODEX_NOT_FOUND', message: expect.stringMatching(message) }),
    )
  })
})

describe('npm’s launcher', () => {
  it('is looked through to the binary, with the environment it would set', () => {
    const found = find({ PATH: '', CODEX_PLUS_CODEX: CODEX })
    expect(found.file).toMatch(/vendor\/[^/]+\/bin\/codex$/)
    expect(found.argsPrefix).toEqual([])
    expect(found.env).toEqual({
      CODEX_MANAGED_BY_NPM: '1',
      CODEX_MANAGED_BY_BUN: undefined,
      CODEX_MANAGED_BY_PNPM: undefined,
      CODEX_MANAGED_BY_VITE_PLUS: undefined,
      CODEX_MANAGED_PACKAGE_ROOT: realpathSync(dirname(dirname(CODEX))),
    })
  })

  it('through a link as in node_modules/.bin, too', () => {
    link('bin/codex', CODEX)
    expect(find(path('bin'))).toMatchObject({ source: 'path', found: join(root, 'bin/codex'), argsPrefix: [] })
    expect(find(path('bin')).file).toMatch(/vendor/)
  })

  it('is our own package where nothing else is found', () => {
    expect(find({ PATH: '' })).toMatchObject({ source: 'package', found: CODEX })
  })

  const launcher = (folder: string): string => program(`${folder}/@openai/codex/bin/codex.js`, '#!/usr/bin/env node\n')
  it.each([
    ['without the platform’s package', 'node_modules', {}],
    ['of pnpm', 'node_modules/.pnpm/node_modules', {}],
    ['of bun', '.bun/install/global/node_modules', {}],
    ['started by bun', 'node_modules', { npm_config_user_agent: 'bun/1.2' }],
  ])('%s runs as it is', (_name, folder, env) => {
    const file = launcher(folder)
    const found = find({ PATH: '', CODEX_PLUS_CODEX: file, ...env })
    expect(found).toMatchObject({ file: process.execPath, argsPrefix: [file], env: {} })
  })

  it('of pnpm with a flat layout runs as it is, though the binary is there', () => {
    const file = launcher('node_modules')
    const platform = `node_modules/@openai/codex-${process.platform}-${process.arch}`
    for (const target of [
      'x86_64-unknown-linux-musl',
      'aarch64-unknown-linux-musl',
      'x86_64-apple-darwin',
      'aarch64-apple-darwin',
    ])
      program(`${platform}/vendor/${target}/bin/codex`)
    program(`${platform}/package.json`, '{}')
    expect(find({ PATH: '', CODEX_PLUS_CODEX: file }).file).toMatch(/vendor/)
    program('node_modules/.modules.yaml', '')
    expect(find({ PATH: '', CODEX_PLUS_CODEX: file }).argsPrefix).toEqual([file])
  })
})

describe('on Windows', () => {
  it('a program comes first, and npm’s script stands for the launcher beside it', () => {
    expect(executableIn(root, 'win32')).toBeNull()
    program('codex.cmd', '@echo off')
    expect(executableIn(root, 'win32')).toBeNull()
    const launcher = program('node_modules/@openai/codex/bin/codex.js')
    expect(executableIn(root, 'win32')).toBe(launcher)
    expect(executableIn(root, 'linux')).toBeNull()
    const exe = program('codex.exe')
    expect(executableIn(root, 'win32')).toBe(exe)
  })
})
