import { readdirSync } from 'node:fs'

/** The names in a folder, sorted; none where there is no such folder. One that cannot be read is told in `problems`. */
export function listFolder(folder: string, problems: string[]): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') problems.push(`${folder} could not be read (${code}).`)
    return []
  }
}
