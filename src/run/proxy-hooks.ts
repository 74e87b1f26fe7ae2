import { watchTrust } from '../config/trust.js'
import { type BrokenFile, findProxyHooks, type ProxyHookFile } from '../hooks/proxy-hooks/find-proxy-hooks.js'
import { openProxyHooks, type ProxyHooks } from '../hooks/proxy-hooks/open-proxy-hooks.js'
import { gitRoot } from '../paths.js'
import type { Run } from './feature.js'

type RunningHooks = Omit<ProxyHooks, 'close'>
type Source = ProxyHookFile['source']

/** The pre_input and post_output hooks of one folder. */
export interface FolderProxyHooks {
  /** All that were found, whether they may run or not. */
  readonly files: ReadonlyArray<ProxyHookFile | BrokenFile>
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
  const { files, broken, problems } = findProxyHooks({ folder, env, trusted: () => true })
  for (const line of problems) say(line)
  const isTrusted = watchTrust(folder, gitRoot(folder), env)
  const opened = new Map<Source, Promise<ProxyHooks>>()
  const open = (of: Source): Promise<ProxyHooks> => {
    const isOf = ({ source }: { readonly source: Source }): boolean => source === of
    const hooks =
      opened.get(of) ??
      openProxyHooks({
        files: files.filter(isOf),
        broken: broken.filter(isOf),
        folder,
        env,
        pathOf: (file) => snapshot.pathOf(file),
        budgetMs: settings.hooks.timeoutMs,
        log,
        say,
      })
    opened.set(of, hooks)
    return hooks
  }
  const all = [...files, ...broken]
  const hasProject = all.some(({ source }) => source === 'project')
  let latest: RunningHooks = { preInput: [], brokenPreInput: [], postOutput: [] }
  return {
    files: all,
    latest: () => latest,
    async current() {
      const project = hasProject && isTrusted() ? [await open('project')] : []
      const running = [...project, await open('personal')]
      latest = {
        preInput: running.flatMap(({ preInput }) => preInput),
        brokenPreInput: running.flatMap(({ brokenPreInput }) => brokenPreInput),
        postOutput: running.flatMap(({ postOutput }) => postOutput),
      }
      return latest
    },
    async close() {
      await Promise.all([...opened.values()].map(async (hooks) => (await hooks).close()))
    },
  }
}
