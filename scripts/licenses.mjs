// Writes the licences of the packages that a bundle holds.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Finds the package folder of a bundled module, `…/node_modules/NAME`; null for a module of codex-plus. */
function packageFolder(id) {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? null
}

/** Writes one section a package: its name, version, licence, and the text of its licence file. */
export function writeLicenses(moduleIds, file) {
  const folders = [...new Set(moduleIds.map(packageFolder).filter((folder) => folder !== null))]
  const sections = folders.flatMap((folder) => {
    const manifest = join(folder, 'package.json')
    if (!existsSync(manifest)) return []
    const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8'))
    const found = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = found === undefined ? '' : `\n${readFileSync(join(folder, found), 'utf8').trim()}\n`
    return [{ name, text: `${name} ${version} (${license})\n${text}` }]
  })
  sections.sort((a, b) => (a.name < b.name ? -1 : 1))
  writeFileSync(file, sections.map(({ text }) => text).join(`\n${'-'.repeat(80)}\n\n`))
}
