import { dirname, relative } from 'node:path'
import type { Settings } from '../config/settings.js'
import { readTrust } from '../config/trust.js'
import { UNTRUSTED } from '../hooks/config/registry.js'
import { findProxyHooks } from '../hooks/proxy-hooks/find-proxy-hooks.js'
import { findModuleFiles } from '../modules/find-modules.js'
import { claudeHome, gitRoot, isWithin } from '../paths.js'
import { byFolder } from './by-folder.js'
import type { Offers, Run } from './feature.js'

/** Reports what does not run because a folder is not trusted: at the start, and when a thread enters another folder. */
export async function reportUntrusted(run: Run): Promise<void> {
  const { folder: start, log, notices, offers } = run
  const report = byFolder(async (folder) => {
    try {
      const line = untrustedLine(folder, await run.settingsOf(folder), run)
      if (line !== null) notices.tell(line)
    } catch (error) {
      log.error('untrusted', { error: String(error) })
    }
  })
  offers.beforeTurn.push((folder) => void report.of(folder))
  if (!run.grantsTrust) await report.of(start)
}

/** A file of a project with something to run, and the folder whose trust it needs. */
interface Waiting {
  readonly file: string
  readonly owner: string
}

/** Returns the message about what does not run because its folder is not trusted, each file named; null if there is nothing. */
function untrustedLine(folder: string, settings: Settings, { env, offers }: Run): string | null {
  const root = gitRoot(folder)
  const own = (files: readonly string[]): Waiting[] => files.map((file) => ({ file, owner: folder }))
  const hooks = settings.hooks.enabled ? own([...settingsHooks(folder, offers), ...proxyHooks(folder, env)]) : []
  const servers = (offers.waitingServers?.(folder) ?? []).map((file) => ({ file, owner: dirname(file) }))
  const modules = settings.modules ? moduleFiles(folder, root, env, settings) : []
  if (hooks.length + servers.length + modules.length === 0) return null
  // Asked last: it reads codex's configuration, and every start of codex waits for this.
  const isTrusted = readTrust(env)
  const waits = ({ owner }: Waiting): boolean => !isTrusted(owner)
  const [of, from, by] = [hooks, servers, modules].map((all) => all.filter(waits)) as [Waiting[], Waiting[], Waiting[]]
  const parts = [part(of, 'hook', folder), part(from, 'MCP server', folder), part(by, 'module', folder)]
  const named = parts.filter((text) => text !== null)
  if (named.length === 0) return null
  // Trust of the repository reaches down to the folder, not up to those above it.
  const owners = [...of, ...from, ...by].map(({ owner }) => (isWithin(owner, root ?? folder) ? folder : owner))
  const places = [...new Set(owners)]
  const [verb, there] = places.length === 1 ? ['is', 'there'] : ['are', 'in each of them']
  return `${places.join(' and ')} ${verb} not trusted, so these do not run: ${named.join(', ')}. Read them, then run \`codex-plus plus trust\` ${there}.`
}

/** Returns the file of each hook that waits for trust. */
function settingsHooks(folder: string, { hooksOf }: Offers): string[] {
  const skipped = hooksOf?.(folder).registered().skipped ?? []
  return skipped.filter(({ why }) => why === UNTRUSTED).map(({ hook }) => hook.source.file)
}

function proxyHooks(folder: string, env: NodeJS.ProcessEnv): string[] {
  const { files } = findProxyHooks({ folder, env, trusted: () => true })
  return files.filter(({ source }) => source === 'project').map(({ path }) => path)
}

function moduleFiles(cwd: string, root: string | null, env: NodeJS.ProcessEnv, { dialect }: Settings): Waiting[] {
  const { files } = findModuleFiles({ cwd, gitRoot: root, claudeHome: claudeHome(env), dialect })
  return files.filter(({ source }) => source === 'project').map(({ path, folder }) => ({ file: path, owner: folder }))
}

/** `2 hooks (.claude/settings.json)`; null for nothing. Each entry stands for one thing in its file. */
function part(waiting: readonly Waiting[], what: string, folder: string): string | null {
  if (waiting.length === 0) return null
  const named = [...new Set(waiting.map(({ file }) => file))].map((file) =>
    isWithin(file, folder) ? relative(folder, file) : file,
  )
  return `${waiting.length} ${what}${waiting.length === 1 ? '' : 's'} (${named.join(', ')})`
}
