import type { ForwardEnd } from '../stream/forward.js'
import type { ResponseEvent } from '../stream/watch.js'
import type { LocalAnswer, Observer, ProxyRequest } from './exchange.js'

/** All observers of one request as one. */
export interface Witness {
  sent(): void
  /** Undefined where nobody looks at events, which then need not be made. */
  readonly event: ((event: ResponseEvent) => void) | undefined
  answered(answer: LocalAnswer): void
  ended(status: number, body: ForwardEnd): void
}

/** Tells each observer what happens to a request; one that throws is left out for that call. */
export function createWitness(request: ProxyRequest, observers: readonly Observer[]): Witness {
  const begun = performance.now()
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
    sent: () => tell((observer) => observer.sent?.(request)),
    event: observers.some((observer) => observer.event)
      ? (event) => tell((observer) => observer.event?.(request, event))
      : undefined,
    answered: (answer) => tell((observer) => observer.answered?.(request, answer)),
    ended: (status, body) =>
      tell((observer) => observer.ended?.(request, { status, ms: performance.now() - begun, body })),
  }
}
