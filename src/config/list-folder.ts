import { readdirSync } from 'node:fs'

/** Lists the names in a folder, sorted; empty when it does not exist. A read error adds a warning to `problems`. */
export function listFolder(folder: string, problems: string[]): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') problems.push(`${folder} could not be read (${code}).`)
    return []
  }
}
