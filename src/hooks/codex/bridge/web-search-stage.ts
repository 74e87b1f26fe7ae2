import { isObject } from '../../../json.js'
import type { ThreadFolders } from '../../../prompt/thread-folders.js'
import { readTurn } from '../../../prompt/turn.js'
import type { Stage } from '../../../proxy/exchange.js'
import type { RuleKeeper } from './bridge-types.js'

/**
 * Creates the stage that takes the model server's own web search out of a request where the permission rules forbid
 * WebSearch: the server runs it without asking codex, so that no hook sees the call. Models in code mode search with a
 * tool of codex (codex-0.169 section 2.3). `mayForbid` says whether a rule of a folder covers WebSearch at all.
 */
export function createWebSearchStage(
  rules: RuleKeeper,
  folders: ThreadFolders,
  mayForbid: (folder: string) => boolean,
): Stage {
  return {
    name: 'web-search',
    async rewrite({ method, path, headers, body, note }) {
      if (method !== 'POST' || !/^\/responses(\?|$)/.test(path)) return null
      const turn = readTurn(headers)
      const thread = turn?.threadId ?? ''
      const session = turn?.ancestors.at(-1) ?? thread
      const cwd = folders.of(thread, turn?.ancestors)
      if (!mayForbid(cwd)) return null
      const parts = await body.parts()
      const tools = parts?.members.get('tools')
      if (!parts || !tools?.includes('"web_search')) return null
      const payload = { tool_name: 'WebSearch', session_id: session, agent_id: thread, cwd }
      const { verdict } = rules.judge([{ name: 'WebSearch', input: {} }], payload, turn?.turnId ?? '')
      if (verdict !== 'deny' && verdict !== 'ask') return null
      const offered: unknown = JSON.parse(tools.toString('utf8'))
      if (!Array.isArray(offered)) return null
      const kept = (offered as unknown[]).filter((tool) => !isObject(tool) || !/^web_search/.test(String(tool.type)))
      if (kept.length === offered.length) return null
      const members = new Map(parts.members).set('tools', Buffer.from(JSON.stringify(kept)))
      body.edit({ ...parts, members })
      note?.('permissions.web_search', { removed: offered.length - kept.length })
      return null
    },
  }
}
