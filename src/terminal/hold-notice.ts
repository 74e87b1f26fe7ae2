/** How long a notice stays in view before codex's alternate screen hides it, in ms. */
const HOLD_MS = 3000
const CTRL_C = 3

/**
 * Keeps a notice in view until the user presses a key, at most 3 s. The key goes nowhere. Ctrl-C means that the user wants
 * out: the result is then `interrupted`.
 */
export async function holdNotice(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
): Promise<'shown' | 'interrupted'> {
  if (!stdin.isTTY) return 'shown'
  stdout.write('Press a key to start codex.\n')
  const raw = stdin.isRaw
  stdin.setRawMode(true)
  try {
    return await new Promise((resolve) => {
      const settle = (result: 'shown' | 'interrupted'): void => {
        clearTimeout(timer)
        stdin.off('data', onKey).pause()
        resolve(result)
      }
      const onKey = (bytes: Buffer): void => settle(bytes.includes(CTRL_C) ? 'interrupted' : 'shown')
      const timer = setTimeout(() => settle('shown'), HOLD_MS)
      stdin.on('data', onKey).resume()
    })
  } finally {
    stdin.setRawMode(raw)
  }
}
