import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const exists = (path: string): boolean => existsSync(new URL(path, root))

/** The folders of the tree that a path of a page may start with. */
const TOP = ['.ci', 'bin', 'commands', 'docs', 'hooks', 'scripts', 'src', 'test']
const PATH = new RegExp(`(?<![\\w./@-])(?:${TOP.join('|').replace('.', '\\.')})/[\\w./-]*`, 'g')
/** A file at the top of the tree, as code. */
const ROOT_FILE = /(?<=`)\.?[\w-]+(?:\.[\w-]+)*\.(?:json|jsonc|md|mjs|ts)(?=`)/g
const LINK = /\]\(([^)#]+)[^)]*\)/g

/** The paths that a page mentions. A word in capitals, such as `NAME.ts`, stands for any file of its folder. */
function pathsOf(text: string): string[] {
  // Drawings and lists, which are fences without a language, name folders of src/ without the `src/`.
  const prose = text.replace(/^```(\w*)\n[\s\S]*?^```$/gm, (fence, language) => (language === '' ? '' : fence))
  const paths = [...prose.matchAll(PATH)].map(([path]) => path.replace(/\.$/, ''))
  const files = [...prose.matchAll(ROOT_FILE)].map(([file]) => file)
  const links = [...prose.matchAll(LINK)].map(([, target]) => target ?? '').filter((target) => !/^\w+:/.test(target))
  return [...paths, ...files, ...links].map((path) => (/\/[A-Z]+\.\w+$/.test(path) ? dirname(path) : path))
}

describe.each(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'AGENTS.md'])('%s', (page) => {
  it('names only files and folders that exist', () => {
    const paths = pathsOf(read(page))
    expect(paths.length).toBeGreaterThan(10)
    expect(paths.filter((path) => !exists(path))).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const rooms = readdirSync(fileURLToPath(new URL('src', root)), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)

  it('has every folder of src/ on the floor that `npm run check` holds it to', async () => {
    const [, list = ''] = /## The floors\n[\s\S]*?```\n([\s\S]*?)```/.exec(read('ARCHITECTURE.md')) ?? []
    const floors = list
      .trim()
      .split('\n')
      .map((line) => line.slice(0, 22).trim().split(/\s+/))
    const [, checked = ''] = /const FLOORS = (\[[\s\S]*?\n\])/.exec(read('.dependency-cruiser.mjs')) ?? []
    const held = [...checked.matchAll(/^ {2}\[(.*)\]/gm)]
      .map(([, names = '']) =>
        [...names.matchAll(/[\w-]+/g)].map(([name]) => name).filter((name) => rooms.includes(name)),
      )
      .filter(({ length }) => length > 0)
    expect(floors.map((floor) => floor.sort())).toEqual(held.map((floor) => floor.sort()))
    expect(floors.flat().sort()).toEqual(rooms.sort())
  })

  it('has the folders of src/ in the drawing', () => {
    const [, drawing = ''] = /## The house\n\n```\n([\s\S]*?)```/.exec(read('ARCHITECTURE.md')) ?? []
    const names = [...drawing.matchAll(/(?<![\w/.])([a-z]+)\/(?=[^\w]|\w)/g)].map(([, name]) => name ?? '')
    const inHooks = ['select', 'decide', 'composer', 'bin']
    const unknown = names.filter((name) => !exists(`src/${name}`) && !inHooks.includes(name))
    expect(unknown).toEqual([])
  })
})
