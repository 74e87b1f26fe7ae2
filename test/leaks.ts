import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of codex-plus's state that hold texts verbatim by need: what a message became, and long outputs. */
const VERBATIM = ['ledger', 'pre-input', 'outputs', 'session-env']

/** A larger file, in bytes, is an answer of some hundred MB that a test made. */
const LARGEST = 64 * 1024 * 1024

/** Returns each file below a folder that holds one of the secrets, as `FILE: beginning of the secret`. */
export function findLeaks(folder: string, secrets: readonly string[]): string[] {
  if (!existsSync(folder)) return []
  const leaks: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if (statSync(path).size > LARGEST) continue
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

/**
 * The same for all that a test left below a folder: state folders elsewhere, logs and exports. codex's own home, which holds
 * the login and codex's own records, is left out.
 */
export function findRootLeaks(root: string, codexHome: string, secrets: readonly string[]): string[] {
  const isVerbatim = (path: string): boolean => VERBATIM.some((name) => path.includes(`/codex-plus/${name}/`))
  return findLeaks(root, secrets).filter((leak) => !leak.startsWith(`${codexHome}/`) && !isVerbatim(leak))
}
