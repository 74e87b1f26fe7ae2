import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cachedVersion, readVersion, TESTED, versionNotice } from '../../../src/codex/codex-version.js'
import type { FoundCodex } from '../../../src/codex/find-codex.js'

let root: string
let codex: FoundCodex
let env: NodeJS.ProcessEnv
const cache = (): string => join(root, 'cache/codex-plus/codex-versions.json')

/** A codex that leaves a line behind each time it is started. */
function install(output: string, name = 'codex'): FoundCodex {
  const file = join(root, name)
  writeFileSync(file, `#!/bin/sh\necho started >>${root}/starts\n${output}\n`, { mode: 0o755 })
  return { file, argsPrefix: [], env: {}, source: 'path', found: file, ignored: [] }
}
const starts = (): number =>
  existsSync(join(root, 'starts')) ? readFileSync(join(root, 'starts'), 'utf8').length / 8 : 0

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-version-'))
  env = { PATH: process.env.PATH, HOME: root, XDG_CACHE_HOME: join(root, 'cache') }
  codex = install('echo codex-cli 0.169.0')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the version is asked for once per file', () => {
  it('the second time no process starts', async () => {
    expect(cachedVersion(codex, env)).toBeNull()
    expect(await readVersion(codex, env)).toBe('0.169.0')
    expect(cachedVersion(codex, env)).toBe('0.169.0')
    expect(starts()).toBe(1)
    expect(statSync(cache()).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 'cache/codex-plus')).mode & 0o777).toBe(0o700)
  })

  it.each<[what: string, change: () => void]>([
    ['size', () => appendFileSync(codex.file, '# more\n')],
    ['time of change', () => utimesSync(codex.file, 1, 1)],
  ])('a changed %s asks again', async (_what, change) => {
    await readVersion(codex, env)
    change()
    expect(cachedVersion(codex, env)).toBeNull()
  })

  it('another file asks again, the first one is still known', async () => {
    await readVersion(codex, env)
    const other = install('echo codex-cli 0.170.1', 'other')
    expect(cachedVersion(other, env)).toBeNull()
    expect(await readVersion(other, env)).toBe('0.170.1')
    expect(cachedVersion(codex, env)).toBe('0.169.0')
  })

  it('a file that is gone is not known', async () => {
    await readVersion(codex, env)
    rmSync(codex.file)
    expect(cachedVersion(codex, env)).toBeNull()
  })

  it.each(['', 'no json', '[]', 'null', '5'])(
    'a cache that holds %j costs nothing but one more question',
    async (text) => {
      await readVersion(codex, env)
      writeFileSync(cache(), text)
      expect(cachedVersion(codex, env)).toBeNull()
      expect(await readVersion(codex, env)).toBe('0.169.0')
      expect(cachedVersion(codex, env)).toBe('0.169.0')
    },
  )

  it('a value in it that is no version is not taken for one', async () => {
    await readVersion(codex, env)
    const key = Object.keys(JSON.parse(readFileSync(cache(), 'utf8')))[0] ?? ''
    writeFileSync(cache(), JSON.stringify({ [key]: 5 }))
    expect(cachedVersion(codex, env)).toBeNull()
  })

  it('a cache folder that cannot be written is no failure', async () => {
    writeFileSync(join(root, 'cache'), 'a file')
    expect(await readVersion(codex, env)).toBe('0.169.0')
  })
})

describe('what codex answers', () => {
  it.each([
    ['echo codex-cli 0.169.0-alpha.3', '0.169.0-alpha.3'],
    ['echo WARNING >&2; echo codex-cli 1.2.3', '1.2.3'],
    ['echo something', null],
    ['exit 1', null],
    ['echo codex-cli 0.1.2; exit 3', null],
  ])('%s', async (script, version) => {
    expect(await readVersion(install(script, 'asked'), env)).toBe(version)
  })

  it('a program that cannot be started has no version', async () => {
    expect(await readVersion({ ...codex, file: join(root, 'none') }, env)).toBeNull()
  })
})

describe('the notice', () => {
  it.each(['0.169.0', '0.169.12', '0.169.0-alpha.1'])('%s is tested', (version) => {
    expect(versionNotice(version)).toBeNull()
  })
  it.each(['0.168.9', '0.170.0', '1.0.0', '0.1690.0'])('%s is not', (version) => {
    expect(versionNotice(version)).toContain(
      `codex ${version} was not tested with this release (tested: ${TESTED.join(', ')})`,
    )
  })
})
