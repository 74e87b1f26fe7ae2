import { join } from 'node:path'
import { formatError } from '../../errors.js'
import { type Log, openLog } from '../../log/log.js'
import { keepRequest } from '../../trace/kept-request.js'
import type { TraceBegin, TraceEntry } from '../../trace/trace-entry.js'
import { dropOldTraces, isWatched, traceFile, traceFolder } from '../../trace/trace-folder.js'
import { createTracer } from '../../trace/tracer.js'
import type { Feature, Run } from '../feature.js'

/** The request log: written at level `debug`, with `trace` on, and while `plus trace --follow` runs. */
export function traceFeature({ settings, env, folders, log, offers, notices }: Run): Feature {
  const folder = traceFolder(env)
  const always = settings.trace || settings.log.level === 'debug'
  const onLost = (error: unknown): void => {
    const why = (error as NodeJS.ErrnoException).code ?? formatError(error)
    notices.say(`${folder} cannot be written (${why}): the trace is not complete. Make it writable.`)
  }
  let open: { readonly file: string; readonly trace: Log } | null = null
  const openToday = (): Log => {
    const file = traceFile(folder, new Date())
    if (open?.file === file) return open.trace
    open?.trace.close()
    dropOldTraces(folder, log)
    open = { file, trace: openLog(file, 'debug', onLost) }
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
    onLost,
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
