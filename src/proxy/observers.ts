import type { LogFields } from '../log/log.js'
import type { ForwardEnd } from '../stream/forward-body.js'
import type { ResponseEvent } from '../stream/truncation.js'
import type { LocalAnswer, Observer, ProxyRequest, Sent } from './exchange.js'

/** All observers of one request, called together. */
export interface RequestObservers {
  received(): void
  /** Ends the current step, which gets this name, and begins the next one. */
  step(name: string): void
  note(event: string, fields: LogFields): void
  sent(sent?: Sent): void
  /** Undefined when no observer uses events, so that they need not be parsed. */
  readonly event: ((event: ResponseEvent) => void) | undefined
  /** Undefined when no observer reads the texts of refusals. */
  readonly refused: ((status: number, text: string) => void) | undefined
  answered(answer: LocalAnswer): void
  ended(status: number, body: ForwardEnd): void
  failed(error: unknown): void
  withdrawn(): void
}

/**
 * Combines the observers of a request; an error that one throws is ignored. `begun` is the time when the request arrived,
 * in ms of `performance.now()`.
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
        // An observer's error never affects the request.
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
    sent: (sent) => tell((observer) => observer.sent?.(request, sent)),
    event: observers.some((observer) => observer.event)
      ? (event) => tell((observer) => observer.event?.(request, event))
      : undefined,
    refused: observers.some((observer) => observer.refused)
      ? (status, text) => tell((observer) => observer.refused?.(request, { status, text }))
      : undefined,
    answered: (answer) => tell((observer) => observer.answered?.(request, answer)),
    ended: (status, body) =>
      tell((observer) => observer.ended?.(request, { status, ms: performance.now() - begun, body })),
    failed: (error) => tell((observer) => observer.failed?.(request, { error, ms: performance.now() - begun })),
    withdrawn: () => tell((observer) => observer.withdrawn?.(request)),
  }
}
