/** The first pause after a call, and the longest, in ms. */
const FIRST = 250
const LONGEST = 5_000

/**
 * Returns a function that calls `act` at once. Further calls within a pause lead to one call at its end, and the pause is
 * doubled for as long as they keep coming: a server may report a change with every list that it is asked for.
 */
export function coalesce(act: () => void, { first = FIRST, longest = LONGEST } = {}): () => void {
  let pause = first
  let timer: NodeJS.Timeout | undefined
  let again = false
  const run = (): void => {
    again = false
    timer = setTimeout(end, pause)
    timer.unref()
    act()
  }
  const end = (): void => {
    timer = undefined
    if (again) {
      pause = Math.min(pause * 2, longest)
      run()
    } else pause = first
  }
  return () => {
    if (timer === undefined) run()
    else again = true
  }
}
