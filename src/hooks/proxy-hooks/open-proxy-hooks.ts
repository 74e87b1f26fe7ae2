import type { Log } from '../../log/log.js'
import type { PreInputHook } from '../request/pre-input.js'
import { runPreInput } from '../request/run-pre-input.js'
import { throughFilter } from '../response/filter-program.js'
import { type PostOutputHook, throughModule } from '../response/post-output.js'
import type { ProxyHookFile } from './find-proxy-hooks.js'
import { createHookThread, type HookThread } from './hook-thread.js'

export interface OpenProxyHooksOptions {
  readonly files: readonly ProxyHookFile[]
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly budgetMs: number
  readonly log: Log
  say(line: string): void
}

/** The wire hooks of a run, ready to be called. */
export interface ProxyHooks {
  readonly preInput: readonly PreInputHook[]
  readonly postOutput: readonly PostOutputHook[]
  close(): Promise<void>
}

/** The name of the function that a module of each kind exports. */
const FUNCTIONS = { pre_input: 'preInput', post_output: 'postOutput' } as const

/** Loads the modules, each into a thread of its own, while codex starts; one that cannot be loaded costs a line. */
export async function openProxyHooks({ files, say, ...place }: OpenProxyHooksOptions): Promise<ProxyHooks> {
  const opened = await Promise.all(
    files.map(async (file) => {
      if (file.program !== null) return { file, thread: null }
      const thread = createHookThread(file.path, place.budgetMs, place.log)
      const problem = await loadProblem(file, thread)
      if (problem === null) return { file, thread }
      say(`${file.path}: this ${file.kind} hook is off: ${problem}.`)
      await thread.close()
      return null
    }),
  )
  const hooks = opened.filter((hook) => hook !== null)
  const passedOver = (file: ProxyHookFile) => (why: string) =>
    say(`${file.path}: this post_output hook was passed over: ${why}.`)
  return {
    preInput: hooks.flatMap(({ file, thread }) =>
      file.kind === 'pre_input'
        ? [{ path: file.path, run: (input) => runPreInput(file, thread, input, place) } satisfies PreInputHook]
        : [],
    ),
    postOutput: hooks.flatMap(({ file, thread }): PostOutputHook[] => {
      if (file.kind !== 'post_output') return []
      if (thread) return [throughModule(thread, passedOver(file))]
      return [(flow) => throughFilter(flow, file, place, passedOver(file))]
    }),
    async close() {
      await Promise.all(hooks.map(({ thread }) => thread?.close()))
    },
  }
}

/** Why a module cannot be used, as the end of a sentence; null where it can. */
async function loadProblem({ kind, path }: ProxyHookFile, thread: HookThread): Promise<string | null> {
  if (/\.m?ts$/.test(path) && !READS_TYPES) {
    return `node ${process.versions.node} reads no TypeScript; 22.18 does, or make it a .mjs`
  }
  try {
    const [found] = (await thread.call({ call: 'load', json: FUNCTIONS[kind] })) ?? []
    return found === 'true' ? null : `it exports no function ${FUNCTIONS[kind]}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Node strips types itself from 22.18 and 23.6 on. */
const READS_TYPES = Boolean((process.features as { typescript?: unknown }).typescript)
