import { join } from 'node:path'
import { type Log, openLog } from '../../log/log.js'
import { keepRequest } from '../../trace/kept-request.js'
import type { TraceBegin, TraceEntry } from '../../trace/trace-entry.js'
import { dropOldTraces, isWatched, traceFile, traceFolder } from '../../trace/trace-folder.js'
import { createTracer } from '../../trace/tracer.js'
import type { Feature, Run } from '../feature.js'

/** The request log: written at level `debug`, with `trace` on, and while `plus trace --follow` runs. */
export function traceFeature({ settings, env, folders, log, offers }: Run): Feature {
  const folder = traceFolder(env)
  const always = settings.trace || settings.log.level === 'debug'
  let open: { readonly file: string; readonly trace: Log } | null = null
  const openToday = (): Log => {
    const file = traceFile(folder, new Date())
    if (open?.file === file) return open.trace
    open?.trace.close()
    dropOldTraces(folder, log)
    open = { file, trace: openLog(file, 'debug') }
    return open.trace
  }
  const tracer = createTracer({
    projectOf: (thread) => (thread === null ? folders.newest() : folders.of(thread)),
    wanted() {
      const followed = isWatched(folder)
      return followed || always ? { followed } : null
    },
    begin: (entry: TraceBegin) => openToday().debug('request.begin', { ...entry }),
    write(entry: TraceEntry) {
      openToday().debug('request', { ...entry })
      log.debug('request', { ...entry })
    },
    keep: settings.trace ? (id, request) => keepRequest(join(folder, 'requests'), id, request, offers.secrets) : null,
    log,
  })
  return {
    open: async () => ({ observers: [tracer.observer] }),
    async close() {
      await tracer.close()
      open?.trace.close()
    },
  }
}
