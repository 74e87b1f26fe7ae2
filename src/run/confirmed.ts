import { type ConfirmedFiles, openConfirmed } from '../config/confirmed-files.js'
import { takeSnapshot } from '../config/session-snapshot.js'
import { folderTrust } from '../config/trust.js'
import { formatError } from '../errors.js'
import { gitRoot } from '../paths.js'
import { byFolder } from './by-folder.js'
import type { Run } from './feature.js'
import { fileList } from './file-list.js'

type Context = Pick<Run, 'env' | 'settings' | 'snapshot' | 'notices' | 'log'>

/**
 * Returns what the user has confirmed in each folder. The first call for a folder keeps its files as they are then, and names
 * what has changed in a trusted one since the last session: for the folder codex starts in before codex uses the terminal.
 */
export function confirmedByFolder(context: Context): (folder: string) => ConfirmedFiles {
  const { env, snapshot } = context
  const { of } = byFolder((folder) => {
    takeSnapshot(snapshot, { cwd: folder, env })
    const confirmed = openConfirmed(folder, env)
    begin(folder, confirmed, context)
    return confirmed
  })
  return of
}

function begin(folder: string, confirmed: ConfirmedFiles, { env, settings, notices, log }: Context): void {
  if (settings.safe || !folderTrust(folder, gitRoot(folder), env).trusted) return
  try {
    const { counting, held } = confirmed.begin()
    if (counting.length > 0) notices.tell(`changed since the last session here: ${fileList(counting, folder)}.`)
    if (held.length > 0) {
      notices.tell(
        `changed since tools of the model ran here: ${fileList(held, folder)}. Their shell blocks and hooks do not run until you have read the changes and run \`codex-plus plus trust\`, or typed /reload.`,
      )
    }
  } catch (error) {
    log.error('confirmed.begin', { error: String(error) })
    notices.tell(
      `what has changed here since the last session is not known: ${formatError(error)}. Make the state folder of codex-plus writable.`,
    )
  }
}
