import { readTurn } from '../prompt/turn.js'
import type { PipelineParts } from '../proxy/pipeline.js'
import type { Run } from './feature.js'

/** How long a request for a title waits until the folder of its thread is known, in ms. */
const TITLE_WAIT_MS = 5000

/**
 * Returns what runs before all stages: it reads which folder the thread of a request works in, and refuses a turn that must
 * not go on there.
 */
export function folderReader({ folders, offers, interactive, log }: Run): NonNullable<PipelineParts['prepare']> {
  return async (request) => {
    if (request.method !== 'POST' || !/^\/responses(\?|$)/.test(request.path)) return null
    const turn = readTurn(request.headers)
    if (turn === null) return null
    if (turn.forTitle) {
      // codex asks for the title in a thread of its own, beside the first request of the one that is named.
      if (interactive) await within(TITLE_WAIT_MS, folders.known)
      return null
    }
    try {
      folders.read(turn, (await request.body.parts())?.items ?? [])
    } catch (error) {
      log.warn('folder.read', { error: String(error) })
    }
    const folder = folders.of(turn.threadId, turn.ancestors)
    for (const act of offers.beforeTurn) act(folder)
    for (const refusal of offers.refusals) {
      const text = refusal(folder, turn.threadId)
      if (text !== null) return { text, failed: true }
    }
    return null
  }
}

/** Resolves with the promise, or after so many ms. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}
