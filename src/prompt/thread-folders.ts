import { isAbsolute } from 'node:path'
import { realPath, statsOf } from '../paths.js'
import type { InputItem } from '../request/input-item.js'
import type { Turn } from './turn.js'
import { workingDirectoryOf } from './working-directory.js'

/** The working directories of codex's threads, as its requests and hook events show them. */
export interface ThreadFolders {
  /** Returns the folder of a thread, else of the first known ancestor, else of the thread that was used last. */
  of(threadId: string, ancestors?: readonly string[]): string
  /** Returns the folder of the thread that was used last; at first the one codex was started in. */
  newest(): string
  /** Returns every folder that a thread has worked in, the one codex was started in included. */
  all(): readonly string[]
  /** Reads the folder of a thread from one of its requests. */
  read(turn: Pick<Turn, 'threadId' | 'ofUser'>, items: readonly InputItem[]): void
  /** Takes over the folder of a thread from an event and returns the folder in force. */
  note(threadId: string, folder: unknown): string
  /** Resolves once the folder of any thread is known. */
  readonly known: Promise<void>
}

/** Creates the record of a run; `start` is the folder that codex is started in. */
export function createThreadFolders(start: string): ThreadFolders {
  const threads = new Map<string, string>()
  /** Folders by every spelling that was seen: a link does not make two folders of one. */
  const spellings = new Map([[start, start]])
  const folders = new Map([[realPath(start), start]])
  let newest = start
  let setKnown = (): void => {}
  const known = new Promise<void>((resolve) => {
    setKnown = resolve
  })

  /** Returns the folder of a path; null for a path that is none here: an environment elsewhere has paths of its own. */
  const folderFor = (path: unknown): string | null => {
    if (typeof path !== 'string') return null
    const spelled = spellings.get(path)
    if (spelled !== undefined) return spelled
    if (!isAbsolute(path) || statsOf(path)?.isDirectory() !== true) return null
    const real = realPath(path)
    const folder = folders.get(real) ?? path
    spellings.set(path, folder)
    folders.set(real, folder)
    return folder
  }
  const of: ThreadFolders['of'] = (threadId, ancestors = []) => {
    const id = [threadId, ...ancestors].find((candidate) => threads.has(candidate))
    return (id === undefined ? undefined : threads.get(id)) ?? newest
  }
  const set = (threadId: string, path: unknown): void => {
    const folder = folderFor(path)
    if (folder === null) return
    threads.set(threadId, folder)
    setKnown()
  }
  return {
    of,
    known,
    newest: () => newest,
    all: () => [...folders.values()],
    read({ threadId, ofUser }, items) {
      set(threadId, workingDirectoryOf(items))
      if (ofUser) newest = of(threadId)
    },
    note(threadId, path) {
      set(threadId, path)
      newest = of(threadId)
      return newest
    },
  }
}
