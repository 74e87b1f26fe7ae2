import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { type ConfirmedFiles, openConfirmed } from '../config/confirmed-files.js'
import { takeSnapshot } from '../config/session-snapshot.js'
import { folderTrust } from '../config/trust.js'
import { formatError } from '../errors.js'
import { gitRoot, isWithin, realPath } from '../paths.js'
import { byFolder } from './by-folder.js'
import type { Run } from './feature.js'
import { fileList } from './file-list.js'

type Context = Pick<Run, 'env' | 'settings' | 'snapshot' | 'notices' | 'log' | 'folder' | 'folders' | 'offers'> &
  Pick<Run, 'cwd' | 'invocation'>

/** What the user has confirmed in each folder of a run. */
export interface FolderConfirmation {
  /**
   * Returns what the user has confirmed in a folder. The first call for a folder keeps its files as they are then, and names
   * what has changed in a trusted one since the last session: for the folder codex starts in before codex uses the terminal.
   */
  of(folder: string): ConfirmedFiles
  /** Whether the model may have written what a folder would run, so that nothing may happen there; true until it is confirmed. */
  isHeld(folder: string): boolean
}

/** Creates it, and refuses the turns of threads in a folder that is held. */
export function confirmFolders(context: Context): FolderConfirmation {
  const { env, snapshot, folder: start, offers } = context
  const begun = Date.now()
  const { of } = byFolder((folder) => {
    takeSnapshot(snapshot, { cwd: folder, env })
    const confirmed = openConfirmed(folder, env)
    const entry = { confirmed, held: mayBeModels(folder, context) ? confirmed.changedSince(begun) : [] }
    if (entry.held.length === 0) begin(folder, confirmed, context)
    return entry
  })
  const heldIn = (folder: string): readonly string[] => {
    if (folder === start) return []
    const entry = of(folder)
    if (entry.held.length === 0) return []
    const unconfirmed = entry.confirmed.changedSince(begun)
    // What counts was read when a thread got there: it must be what the user has seen since.
    entry.held = unconfirmed.length > 0 ? unconfirmed : snapshot.changed().filter((file) => isWithin(file, folder))
    return entry.held
  }
  offers.refusals.push((folder) => {
    const held = heldIn(folder)
    if (held.length === 0) return null
    return `codex-plus: nothing was sent from ${folder}: tools of the model have run in this session, and what may run there has changed since it began: ${fileList(held, folder)}. Read the changes, then run \`codex-plus plus trust ${folder}\` in another terminal, or start codex-plus again there.`
  })
  return { of: (folder) => of(folder).confirmed, isHeld: (folder) => heldIn(folder).length > 0 }
}

/** Whether tools of the model have run that could write into a trusted folder: into those of threads, and temporary ones. */
function mayBeModels(folder: string, { env, offers, folders, folder: start, cwd, invocation }: Context): boolean {
  if (folder === start || offers.toolsRan !== true || !folderTrust(folder, gitRoot(folder), env).trusted) return false
  const added = invocation.addedFolders.map((path) => resolve(cwd, path))
  const others = folders.all().filter((path) => path !== folder)
  return [...others, ...added, env.TMPDIR || tmpdir(), '/tmp'].some((path) =>
    isWithin(realPath(folder), realPath(path)),
  )
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
