import { createApp, type Routes } from '../proxy/app.js'
import { createProcessCheck } from '../proxy/peer-process.js'
import type { ProxyServer, RequestHandler } from '../proxy/server.js'
import type { RunConnections } from './begin-connection.js'
import type { Feature, Run } from './feature.js'
import { openFeatures } from './features.js'
import { folderReader } from './folder-reader.js'
import { openUpstream } from './open-upstream.js'

/** Opens everything that handles requests: the upstream, the features, and the app that routes to them. */
export async function openProxy(
  server: ProxyServer,
  run: Run,
  features: readonly Feature[],
  connections?: RunConnections,
): Promise<{ handler: RequestHandler; close(): Promise<void> }> {
  const { settings, base, env, log, notices, offers } = run
  const onNotice = (line: string): void => notices.say(line)
  const upstream = openUpstream({ settings, base, env, log, ...(connections && { connections }), onNotice })
  offers.upstream = upstream
  const opened = await openFeatures(features, run)
  const parts = {
    ...upstream,
    isCodex: createProcessCheck({ isHook: (args) => offers.isHookProcess?.(args) === true }),
    // In safe mode nothing is read.
    ...(settings.safe ? {} : { prepare: folderReader(run) }),
    stages: opened.flatMap(({ stages }) => stages ?? []),
    reshapes: opened.flatMap(({ reshapes }) => reshapes ?? []),
    observers: opened.flatMap(({ observers }) => observers ?? []),
  }
  const routes: Routes = Object.assign({}, ...opened.map(({ routes }) => routes))
  return { handler: createApp(server, parts, log, routes), close: upstream.close }
}
