import { join } from 'node:path'

/**
 * Returns the path of a thread's file in a folder. Characters outside `[\w-]` of the id are replaced: no path
 * traversal.
 */
export function threadFile(folder: string, threadId: string): string {
  return join(folder, `${threadId.replace(/[^\w-]/g, '_').slice(0, 100)}.jsonl`)
}
