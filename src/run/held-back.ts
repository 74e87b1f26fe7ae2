import { join } from 'node:path'
import { readTextFile } from '../config/text-file.js'
import { codexHome, foldersUpTo, gitRoot } from '../paths.js'
import type { Run } from './feature.js'

/** The events of codex whose hooks can end a turn before its first model request. */
const EARLY = /UserPromptSubmit|SessionStart/

/**
 * Returns whether a hook may have ended the run before its first model request: one of `.claude` that did, or one of the
 * user's own in codex's configuration, whose decision codex-plus does not see.
 */
export function heldBack({ offers, invocation, env, folder }: Run): boolean {
  if (offers.heldBack === true) return true
  if (invocation.overrides.some(({ key, value }) => key.startsWith('hooks') && EARLY.test(key + value))) return true
  const home = codexHome(env)
  const profile = invocation.profile === null ? [] : [join(home, `${invocation.profile}.config.toml`)]
  const projects = foldersUpTo(folder, gitRoot(folder) ?? folder).map((above) => join(above, '.codex'))
  const files = ['/etc/codex', home, ...projects].flatMap((place) => [
    join(place, 'config.toml'),
    join(place, 'hooks.json'),
  ])
  return [...files, ...profile].some((file) => EARLY.test(read(file)))
}

function read(file: string): string {
  try {
    return readTextFile(file)
  } catch {
    return ''
  }
}
