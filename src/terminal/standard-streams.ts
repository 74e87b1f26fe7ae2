/**
 * Opens Node's handles of stdin, stdout and stderr before a child inherits their descriptors. Node sets O_NONBLOCK on a
 * pipe or socket when its handle is first used, and the flag belongs to the open file, which the child shares: its next
 * write to a full pipe fails then (codex panics). libuv clears the flag on the descriptors that it hands to a child, so
 * handles that are open by then leave it alone.
 */
export function openStandardStreams(): void {
  for (const name of ['stdin', 'stdout', 'stderr'] as const) {
    try {
      void process[name]
    } catch {
      // Node has no stream for this kind of file, so nothing can open it later either.
    }
  }
}
