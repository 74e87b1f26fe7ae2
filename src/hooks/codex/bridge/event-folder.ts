import type { ThreadFolders } from '../../../prompt/thread-folders.js'
import type { JsonObject } from '../../../request/request-body.js'

/**
 * Returns the working directory of the thread that a hook event of codex belongs to. Its `cwd` is that directory, but for
 * a tool call it is the call's own `workdir` (seen on 0.169): there the thread's last known directory counts.
 */
export function eventFolder(payload: JsonObject, folders: ThreadFolders): string {
  const [session = '', agent = session] = [payload.session_id, payload.agent_id].map(stringOrUndefined)
  if (payload.tool_name === undefined) return folders.note(agent, payload.cwd)
  return folders.of(agent, [session])
}

function stringOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
