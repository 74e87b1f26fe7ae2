import { join } from 'node:path'

/** The file of a thread in a folder of ours. Anything but a plain id is made one, so that no path can be smuggled in. */
export function threadFile(folder: string, threadId: string): string {
  return join(folder, `${threadId.replace(/[^\w-]/g, '_').slice(0, 100)}.jsonl`)
}
