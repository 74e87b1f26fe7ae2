import type { CommandExtension } from '../commands/command-extension.js'
import { byFolder } from './by-folder.js'

/** The extensions of the slash commands: each feature adds one for every working directory. */
export interface Extensions {
  add(make: (folder: string) => CommandExtension): void
  /** Returns the extensions of a folder; those that are added later join the list. */
  of(folder: string): readonly CommandExtension[]
}

/** Creates the extensions of a run. */
export function createExtensions(): Extensions {
  const makers: Array<(folder: string) => CommandExtension> = []
  const lists = byFolder((folder) => ({ folder, list: makers.map((make) => make(folder)) }))
  return {
    add(make) {
      makers.push(make)
      for (const { folder, list } of lists.opened()) list.push(make(folder))
    },
    of: (folder) => lists.of(folder).list,
  }
}
