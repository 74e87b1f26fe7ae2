/** A terminal's size in cells. */
export interface Size {
  cols: number
  rows: number
}

/** The size of the user's terminal, read anew; 80x24 where it has none. */
export function readSize(stdout: NodeJS.WriteStream): Size {
  // Node reads the size again only on SIGWINCH, which a suspended or background process does not get.
  const { _refreshSize: refresh } = stdout as { _refreshSize?: () => void }
  refresh?.call(stdout)
  return { cols: stdout.columns || 80, rows: stdout.rows || 24 }
}
