/** How long a connection is kept for the first request, in ms. */
const KEPT_FOR = 10_000

/** Something that is opened before it is asked for, e.g. a connection; `close` ends one that nobody uses. */
export interface Openable<Value> {
  readonly opened: Promise<Value>
  close(): void
}

/** One connection that is opened while codex starts, for the first request to the same server. */
export interface EarlyConnection<Value> {
  /** Opens it; what fails is as if it had not been tried. */
  open(key: string, make: () => Openable<Value>): void
  /** Returns it once, open or being opened; null when there is none, or it is for another server. */
  take(key: string): Openable<Value> | null
  /** Ends one that was not taken. */
  close(): void
}

/** Creates the place of an early connection. `lost` is called with a function to call when the connection ends. */
export function createEarlyConnection<Value>(
  lost: (value: Value, ended: () => void) => void,
  keptFor: number = KEPT_FOR,
): EarlyConnection<Value> {
  let early: { readonly key: string; readonly openable: Openable<Value>; readonly timer: NodeJS.Timeout } | null = null
  const drop = (): void => {
    if (early) clearTimeout(early.timer)
    early = null
  }
  const close = (): void => {
    const { openable } = early ?? {}
    drop()
    openable?.close()
  }
  return {
    open(key, make) {
      close()
      const openable = make()
      const timer = setTimeout(close, keptFor)
      timer.unref()
      const own = { key, openable, timer }
      early = own
      const ended = (): void => {
        if (early === own) drop()
      }
      openable.opened.then((value) => lost(value, ended), ended)
    },
    take(key) {
      if (early?.key !== key) return null
      const { openable } = early
      drop()
      return openable
    },
    close,
  }
}
