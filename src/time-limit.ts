/**
 * Returns a signal that aborts after `ms`, or when the given one does. `AbortSignal.any` of an `AbortSignal.timeout` never
 * aborts once Node 20 has collected the latter; a timer is not collected.
 */
export function timeLimit(ms: number, given?: AbortSignal): AbortSignal {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new DOMException(`It took longer than ${ms} ms.`, 'TimeoutError')), ms)
  timer.unref()
  const end = (): void => {
    clearTimeout(timer)
    limit.abort(given?.reason)
  }
  if (given?.aborted) end()
  given?.addEventListener('abort', end, { once: true })
  return limit.signal
}
