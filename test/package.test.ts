import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Record<string, Record<string, string>>

interface Packed {
  readonly size: number
  readonly files: ReadonlyArray<{ readonly path: string }>
}

async function pack(): Promise<Packed> {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 16 * 1024 * 1024 })
  const read = JSON.parse(stdout) as Packed[] | Record<string, Packed>
  const [packed] = Array.isArray(read) ? read : Object.values(read)
  if (packed === undefined) throw new Error('npm packed nothing')
  return packed
}

describe('the package', () => {
  it('holds what is used, and is small', async () => {
    const { size, files } = await pack()
    const paths = files.map(({ path }) => path)
    expect(paths.length).toBeLessThanOrEqual(150)
    expect(size).toBeLessThanOrEqual(700 * 1024)
    const parts = /^(?:bin|dist\/bundle|dist\/types|commands|hooks|docs)\/|^(?:schema|package)\.json$|^[A-Z]+(?:\.md)?$/
    expect(paths.filter((path) => !parts.test(path))).toEqual([])
    for (const path of ['bin/codex-plus.js', 'dist/bundle/main.js', 'dist/bundle/index.js', 'dist/types/index.d.ts']) {
      expect(paths).toContain(path)
    }
    expect(paths).toContain('dist/bundle/LICENSES.txt')
  })

  it('imports nothing that is not installed with it', async () => {
    const { files } = await pack()
    const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    const code = files.filter(({ path }) => /^dist\/bundle\/.*\.js$/.test(path))
    const foreign = code.flatMap(({ path }) => {
      const text = readFileSync(`${root}${path}`, 'utf8')
      const names = [...text.matchAll(/^(?:import|export) (?:[^'"\n]* from )?["']([^."'][^"']*)["'];?$/gm)].map(
        ([, name = '']) => name,
      )
      return names.filter(
        (name) => !name.startsWith('node:') && !installed.some((own) => name === own || name.startsWith(`${own}/`)),
      )
    })
    const builtIn = new Set((await import('node:module')).builtinModules)
    expect(foreign.filter((name) => !builtIn.has(name))).toEqual([])
  })

  it('can be imported by its name, with the failures and their codes', async () => {
    const { CodexPlusError } = (await import(`${root}dist/bundle/index.js`)) as typeof import('../src/index.js')
    expect(new CodexPlusError('CP_USAGE', 'no').code).toBe('CP_USAGE')
  })
})
