import type { LogFields } from '../log/log.js'
import type { ForwardEnd } from '../stream/forward-body.js'
import type { ResponseEvent } from '../stream/truncation.js'
import type { LocalAnswer, Observer, ProxyRequest } from './exchange.js'

/** All observers of one request as one. */
export interface RequestObservers {
  received(): void
  /** Ends the step that is under way, and begins the next one. */
  step(name: string): void
  note(event: string, fields: LogFields): void
  sent(): void
  /** Undefined where nobody looks at events, which then need not be made. */
  readonly event: ((event: ResponseEvent) => void) | undefined
  answered(answer: LocalAnswer): void
  ended(status: number, body: ForwardEnd): void
  failed(error: unknown): void
}

/**
 * Tells each observer what happens to a request; one that throws is left out for that call. `begun` is when the request
 * came, in ms of `performance.now()`.
 */
export function createObservers(
  request: ProxyRequest,
  observers: readonly Observer[],
  begun: number,
): RequestObservers {
  let last = begun
  const tell = (act: (observer: Observer) => void): void => {
    for (const observer of observers) {
      try {
        act(observer)
      } catch {
        // It costs what it observes, never the request.
      }
    }
  }
  return {
    received: () => tell((observer) => observer.received?.(request)),
    step(name) {
      const now = performance.now()
      const ms = now - last
      last = now
      tell((observer) => observer.step?.(request, { name, ms }))
    },
    note: (event, fields) => tell((observer) => observer.note?.(request, event, fields)),
    sent: () => tell((observer) => observer.sent?.(request)),
    event: observers.some((observer) => observer.event)
      ? (event) => tell((observer) => observer.event?.(request, event))
      : undefined,
    answered: (answer) => tell((observer) => observer.answered?.(request, answer)),
    ended: (status, body) =>
      tell((observer) => observer.ended?.(request, { status, ms: performance.now() - begun, body })),
    failed: (error) => tell((observer) => observer.failed?.(request, { error, ms: performance.now() - begun })),
  }
}
