// This folder finds and loads the pre_input and post_output hooks, and runs them as threads (modules) or programs (filters).
import type { Log } from '../../log/log.js'
import type { BrokenHook, PreInputHook } from '../request/pre-input-stage.js'
import { runPreInput } from '../request/run-pre-input.js'
import { throughFilter } from '../response/filter-program.js'
import { type PostOutputHook, throughModule } from '../response/post-output-stage.js'
import type { BrokenFile, ProxyHookFile } from './find-proxy-hooks.js'
import { createHookThread, type HookThread } from './hook-thread.js'

export interface OpenProxyHooksOptions {
  readonly files: readonly ProxyHookFile[]
  /** Hook files that cannot run. */
  readonly broken?: readonly BrokenFile[]
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly budgetMs: number
  /** Returns the path with the contents that a file had when the session began; default: the file itself. */
  readonly pathOf?: (file: string) => string
  readonly log: Log
  say(line: string): void
}

/** The proxy hooks of a run, ready to be called. */
export interface ProxyHooks {
  readonly preInput: readonly PreInputHook[]
  /** pre_input hooks that are configured and cannot run. */
  readonly brokenPreInput: readonly BrokenHook[]
  readonly postOutput: readonly PostOutputHook[]
  close(): Promise<void>
}

/** The function that a module of each kind exports. */
const FUNCTIONS = { pre_input: 'preInput', post_output: 'postOutput' } as const

/** Loads each module into its own thread while codex starts. A module that cannot be loaded is skipped with a warning. */
export async function openProxyHooks({
  files,
  broken = [],
  say,
  ...context
}: OpenProxyHooksOptions): Promise<ProxyHooks> {
  const off: BrokenFile[] = [...broken]
  const opened = await Promise.all(
    files.map(async (file) => {
      if (file.program !== null) return { file, thread: null }
      const thread = createHookThread(file.path, context.budgetMs, context.log, context.pathOf)
      const problem = await loadProblem(file, thread)
      if (problem === null) return { file, thread }
      say(`${file.path}: this ${file.kind} hook is off: ${problem}.`)
      off.push({ ...file, why: problem })
      await thread.close()
      return null
    }),
  )
  const hooks = opened.filter((hook) => hook !== null)
  const reportFailure = (file: ProxyHookFile) => (why: string) =>
    say(`${file.path}: this post_output hook failed and was skipped: ${why}.`)
  return {
    preInput: hooks.flatMap(({ file, thread }) =>
      file.kind === 'pre_input'
        ? [
            {
              path: file.path,
              run: (input, signal) => runPreInput(file, thread, input, context, signal),
            } satisfies PreInputHook,
          ]
        : [],
    ),
    brokenPreInput: off.filter(({ kind }) => kind === 'pre_input'),
    postOutput: hooks.flatMap(({ file, thread }): PostOutputHook[] => {
      if (file.kind !== 'post_output') return []
      if (thread) return [throughModule(thread, reportFailure(file))]
      return [(flow, { signal }) => throughFilter(flow, file, context, reportFailure(file), signal)]
    }),
    async close() {
      await Promise.all(hooks.map(({ thread }) => thread?.close()))
    },
  }
}

/** Returns why a module cannot be used, as the end of a sentence; null if it can. */
async function loadProblem({ kind, path }: ProxyHookFile, thread: HookThread): Promise<string | null> {
  if (/\.m?ts$/.test(path) && !RUNS_TYPESCRIPT) {
    return `node ${process.versions.node} cannot run TypeScript; use node 22.18 or later, or write it in JavaScript (.mjs)`
  }
  try {
    const [found] = (await thread.call({ call: 'load', json: FUNCTIONS[kind] })) ?? []
    return found === 'true' ? null : `it exports no function ${FUNCTIONS[kind]}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Node strips types by itself from 22.18 and 23.6 on. */
const RUNS_TYPESCRIPT = Boolean((process.features as { typescript?: unknown }).typescript)
