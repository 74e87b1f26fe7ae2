/** Shows on a terminal what `plus doctor` is waiting for. */
export interface Progress {
  /** Shows a topic until the work is done, and returns what the work returns. */
  during<T>(topic: string, work: () => Promise<T>): Promise<T>
}

/** Shows the topics that are not done on one line of a terminal, and clears it at the end; elsewhere it shows nothing. */
export function createProgress(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Progress {
  const open = new Set<string>()
  const enabled = stream.isTTY === true && env.TERM !== 'dumb'
  const show = (): void => {
    if (!enabled) return
    const text = open.size === 0 ? '' : `waiting for ${[...open].join(', ')} ...`
    stream.write(`\r\x1b[K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`)
  }
  return {
    async during(topic, work) {
      open.add(topic)
      show()
      try {
        return await work()
      } finally {
        open.delete(topic)
        show()
      }
    },
  }
}
