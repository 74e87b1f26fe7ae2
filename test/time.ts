/**
 * How much slower than two quiet cores the machine may be. It scales every time limit of the suite, so that a loaded or slow
 * machine needs one variable: `CODEX_PLUS_TEST_SLOWNESS=4 npm test`.
 */
export const SLOWNESS = Number(process.env.CODEX_PLUS_TEST_SLOWNESS) || 1

/** A time limit of a test on this machine, in ms. */
export function scaled(ms: number): number {
  return Math.round(ms * SLOWNESS)
}
