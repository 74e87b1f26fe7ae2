// Copies the declarations that dist/index.d.ts needs, and no others, to dist/types.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../dist', import.meta.url))

export function copyTypes() {
  rmSync(`${dist}/types`, { recursive: true, force: true })
  const files = new Set()
  const visit = (file) => {
    if (files.has(file) || !existsSync(file)) return
    files.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()'(\.[^']+)\.js'/g)) {
      visit(resolve(dirname(file), `${path}.d.ts`))
    }
  }
  visit(`${dist}/index.d.ts`)
  for (const file of files) {
    const target = `${dist}/types/${relative(dist, file)}`
    mkdirSync(dirname(target), { recursive: true })
    cpSync(file, target)
  }
}
