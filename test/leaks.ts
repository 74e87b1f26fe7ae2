import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of codex-plus's state that hold texts verbatim by need: what a message became, and long outputs. */
const VERBATIM = ['ledger', 'pre-input', 'outputs', 'session-env']

/** Returns each file below a folder that holds one of the secrets, as `FILE: beginning of the secret`. */
export function findLeaks(folder: string, secrets: readonly string[]): string[] {
  if (!existsSync(folder)) return []
  const leaks: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const text = readFileSync(path, 'latin1')
    for (const secret of secrets) if (text.includes(secret)) leaks.push(`${path}: ${secret.slice(0, 8)}…`)
  }
  return leaks
}

/** The same for all that codex-plus wrote below a home, but for what is verbatim by need. */
export function findStateLeaks(home: string, secrets: readonly string[]): string[] {
  const folders = ['.local/state/codex-plus', '.config/codex-plus', '.cache/codex-plus'].map((path) => join(home, path))
  return folders.flatMap((folder) =>
    findLeaks(folder, secrets).filter((leak) => !VERBATIM.some((name) => leak.startsWith(`${join(folder, name)}/`))),
  )
}
