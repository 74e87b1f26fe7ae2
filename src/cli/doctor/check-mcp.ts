import { limitProblems } from '../../config/limit-problems.js'
import { openMcp } from '../folder-mcp.js'
import { hasRow, listServers } from '../subcommands/mcp.js'
import { about, type Check } from './finding.js'

/** Reports the MCP servers: starts each one that may run and asks it for its tools. */
export const mcpCheck: Check = {
  topic: 'mcp',
  async run({ invocation, settings, env, cwd }) {
    const { ok, note, bad } = about('mcp')
    if (!settings.mcp) return [note('switched off')]
    const opened = await openMcp(invocation, { env, cwd }, false)
    try {
      const servers = await listServers(opened)
      return [
        ...(servers.length === 0 ? [ok('no servers here')] : []),
        ...servers.filter(hasRow).map(({ name, state, tools, startedInMs, reason, source }) => {
          if (state === 'ready') return ok(`${name}: ${tools.length} tools, started in ${startedInMs} ms (${source})`)
          const text = `${name}: ${reason ?? state} (${source})`
          return state === 'failed' ? bad(text) : note(text)
        }),
        ...limitProblems(opened.problems).map(bad),
      ]
    } finally {
      await opened.close()
    }
  },
}
