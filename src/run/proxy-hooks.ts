import { watchTrust } from '../config/trust.js'
import { findProxyHooks, type ProxyHookFile } from '../hooks/proxy-hooks/find-proxy-hooks.js'
import { openProxyHooks, type ProxyHooks } from '../hooks/proxy-hooks/open-proxy-hooks.js'
import { gitRoot } from '../paths.js'
import type { Run } from './feature.js'

type RunningHooks = Pick<ProxyHooks, 'preInput' | 'postOutput'>

/** The pre_input and post_output hooks of one folder. */
export interface FolderProxyHooks {
  /** All that were found, whether they may run or not. */
  readonly files: readonly ProxyHookFile[]
  /** Returns the hooks that may run now: those of the project once the folder is trusted, and the personal ones. */
  current(): Promise<RunningHooks>
  /** Returns what `current` last returned: it is called for the request, this for the response. */
  latest(): RunningHooks
  close(): Promise<void>
}

/** Finds the hooks of a folder; each is loaded when it may run for the first time. */
export function openFolderProxyHooks(folder: string, run: Run): FolderProxyHooks {
  const { env, settings, snapshot, log, notices } = run
  run.confirmedOf(folder)
  const say = (line: string): void => notices.say(line)
  // Those that wait for trust are named with everything else that does.
  const { files, problems } = findProxyHooks({ folder, env, trusted: () => true })
  for (const line of problems) say(line)
  const isTrusted = watchTrust(folder, gitRoot(folder), env)
  const opened = new Map<ProxyHookFile['source'], Promise<ProxyHooks>>()
  const open = (source: ProxyHookFile['source']): Promise<ProxyHooks> => {
    const ofSource = files.filter((file) => file.source === source)
    const pathOf = (file: string): string => snapshot.pathOf(file)
    const options = { files: ofSource, folder, env, pathOf, budgetMs: settings.hooks.timeoutMs, log, say }
    const hooks = opened.get(source) ?? openProxyHooks(options)
    opened.set(source, hooks)
    return hooks
  }
  let latest: RunningHooks = { preInput: [], postOutput: [] }
  return {
    files,
    latest: () => latest,
    async current() {
      const hasProject = files.some(({ source }) => source === 'project')
      const project = hasProject && isTrusted() ? [await open('project')] : []
      const all = [...project, await open('personal')]
      latest = {
        preInput: all.flatMap(({ preInput }) => preInput),
        postOutput: all.flatMap(({ postOutput }) => postOutput),
      }
      return latest
    },
    async close() {
      await Promise.all([...opened.values()].map(async (hooks) => (await hooks).close()))
    },
  }
}
