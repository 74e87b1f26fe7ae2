import { relative } from 'node:path'
import type { Settings } from '../config/settings.js'
import { folderTrust } from '../config/trust.js'
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

/** Returns the message about what does not run in a folder that is not trusted, each file named; null if there is nothing. */
function untrustedLine(folder: string, settings: Settings, { env, offers }: Run): string | null {
  const root = gitRoot(folder)
  const hooks = settings.hooks.enabled ? [...settingsHooks(folder, offers), ...proxyHooks(folder, env)] : []
  const servers = offers.waitingServers?.(folder) ?? []
  const modules = settings.modules ? moduleFiles(folder, root, env, settings) : []
  const parts = [
    part(hooks, 'hook', folder),
    part(servers, 'MCP server', folder),
    part(modules, 'module', folder),
  ].filter((text) => text !== null)
  // Asked last: it reads codex's configuration, and every start of codex waits for this.
  if (parts.length === 0 || folderTrust(folder, root, env).trusted) return null
  return `${folder} is not trusted, so these do not run: ${parts.join(', ')}. Read them, then run \`codex-plus plus trust\` there.`
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

function moduleFiles(cwd: string, root: string | null, env: NodeJS.ProcessEnv, { dialect }: Settings): string[] {
  const { files } = findModuleFiles({ cwd, gitRoot: root, claudeHome: claudeHome(env), dialect })
  return files.filter(({ source }) => source === 'project').map(({ path }) => path)
}

/** `2 hooks (.claude/settings.json)`; null without files, of which each stands for one thing. */
function part(files: readonly string[], what: string, folder: string): string | null {
  if (files.length === 0) return null
  const named = [...new Set(files)].map((file) => (isWithin(file, folder) ? relative(folder, file) : file))
  return `${files.length} ${what}${files.length === 1 ? '' : 's'} (${named.join(', ')})`
}
