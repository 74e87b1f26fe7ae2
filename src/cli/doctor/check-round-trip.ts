import { readSettings } from '../../config/settings.js'
import { silentLog } from '../../log/log.js'
import { xdgFolder } from '../../paths.js'
import { createApp } from '../../proxy/app.js'
import { startServer } from '../../proxy/server.js'
import { openUpstream } from '../../run/open-upstream.js'
import { about, type Check } from './finding.js'

/** Sends one request through a real proxy to the echo upstream. */
export const roundTripCheck: Check = {
  topic: 'proxy',
  async run({ env }) {
    const { settings } = await readSettings({ own: {}, env: {}, cwd: xdgFolder('config', env) })
    const parts = openUpstream({ settings, base: 'echo', env, log: silentLog, onNotice: () => {} })
    const server = await startServer(async (self) => createApp(self, { ...parts, stages: [] }, silentLog), silentLog)
    try {
      const message = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'ping' }] }
      const begun = performance.now()
      const response = await fetch(`${server.base}/v1/responses`, {
        method: 'POST',
        body: JSON.stringify({ input: [message] }),
      })
      const text = await response.text()
      if (!text.includes('response.completed')) throw new Error(`the proxy answered ${response.status}`)
      return [about('proxy').ok(`a request went through in ${Math.round(performance.now() - begun)} ms`)]
    } finally {
      await server.close()
    }
  },
}
