import { formatError } from '../errors.js'
import type { Stage } from '../proxy/exchange.js'
import type { TerminalInterceptor } from '../terminal/interceptor.js'
import type { Feature, FeatureParts, Run } from './feature.js'
import { claudeMdFeature } from './features/claude-md.js'
import { hooksFeature } from './features/hooks.js'
import { mcpFeature } from './features/mcp.js'

/** Creates the features that are on, in the order in which their stages get a request; in safe mode none that changes one. */
export async function createFeatures(run: Run): Promise<Feature[]> {
  const { settings } = run
  const changedFiles = lazily(async () => (await import('./features/reload-changed-files.js')).changedFilesFeature(run))
  if (settings.safe) return [changedFiles]
  const features: Feature[] = []
  if (settings.commands)
    features.push({
      ...lazily(async () => (await import('./features/commands.js')).commandsFeature(run)),
      interceptor: () => openComposer(run),
    })
  features.push(lazily(async () => (await import('./features/sessions.js')).sessionsFeature(run)))
  if (settings.claudeMd) features.push(claudeMdFeature(run))
  if (settings.mcp) features.push(...startMcp(run))
  // Modules process the prompts that the commands feature passes to them.
  if (settings.commands && settings.modules)
    features.push(lazily(async () => (await import('./features/modules.js')).modulesFeature(run)))
  if (settings.hooks.enabled || settings.permissions) features.push(...startHooks(run))
  if (settings.statusLine) {
    const feature = (await import('./features/status-line.js')).statusLineFeature(run)
    if (feature !== null) features.push(feature)
  }
  features.push(lazily(async () => (await import('./features/trace.js')).traceFeature(run)))
  features.push(changedFiles)
  const { reportUntrusted } = await import('./untrusted.js')
  await reportUntrusted(run)
  return features
}

/** Created before codex starts, as codex gets the MCP servers on its command line. */
function startMcp(run: Run): Feature[] {
  try {
    const feature = mcpFeature(run)
    return feature === null ? [] : [feature]
  } catch (error) {
    run.log.error('feature.mcp', { error: String(error) })
    run.notices.say(`MCP servers are off in this run: ${formatError(error)}`)
    return []
  }
}

/** Created before codex starts, as codex gets the hook events on its command line. */
function startHooks(run: Run): Feature[] {
  try {
    const feature = hooksFeature(run)
    return feature === null ? [] : [feature]
  } catch (error) {
    run.log.error('feature.hooks', { error: String(error) })
    if (run.settings.hooks.onError === 'closed') throw error
    run.notices.say(`hooks and permission rules are off in this run: ${formatError(error)}`)
    return []
  }
}

/** Delays loading a feature that does nothing before codex starts. */
function lazily(load: () => Promise<Feature>): Feature {
  let feature: Promise<Feature> | undefined
  return {
    async open() {
      feature ??= load()
      return (await (await feature).open?.()) ?? {}
    },
    async close() {
      await (await feature)?.close?.()
    },
  }
}

/** Reads typed input from the start; the command names are loaded while codex starts. */
async function openComposer({ offers, log }: Run): Promise<TerminalInterceptor> {
  const { createComposer } = await import('../terminal/composer/submit-command.js')
  return createComposer({ commands: () => offers.typed ?? null, log })
}

/** Opens all features. One that fails is off with a warning; the session goes on (design, rule 4). */
export async function openFeatures(features: readonly Feature[], run: Run): Promise<FeatureParts[]> {
  return await Promise.all(
    features.map(async (feature) => {
      try {
        const parts = (await feature.open?.()) ?? {}
        return { ...parts, stages: parts.stages?.map((stage) => guarded(stage, run)) ?? [] }
      } catch (error) {
        run.log.error('feature.open', { error: String(error) })
        run.notices.say(`a feature of codex-plus is off in this run: ${formatError(error)}`)
        return feature.needed === undefined ? {} : { stages: [refusing(feature.needed, formatError(error))] }
      }
    }),
  )
}

/** Answers every request to the model, as something that each of them needs could not be opened. */
function refusing(needed: string, why: string): Stage {
  return {
    name: needed,
    async rewrite({ method }) {
      if (method !== 'POST') return null
      return { text: `The ${needed} could not be opened (${why}), and hooks.onError is closed.`, failed: true }
    },
  }
}

/** Wraps a stage: if it fails, the request stays unchanged and a warning is shown. */
function guarded(stage: Stage, { log, notices }: Run): Stage {
  return {
    name: stage.name,
    async rewrite(request) {
      try {
        return await stage.rewrite(request)
      } catch (error) {
        log.error('stage.failure', { stage: stage.name, error: String(error), cause: String((error as Error).cause) })
        notices.say(`${stage.name} failed for a request, which was sent without this step: ${formatError(error)}`)
        return null
      }
    },
  }
}

/** Closes all features; logs failures. */
export async function closeFeatures(features: readonly Feature[], run: Run): Promise<void> {
  const close = async (feature: Feature): Promise<void> => {
    try {
      await feature.close?.()
    } catch (error) {
      run.log.error('feature.close', { error: String(error) })
    }
  }
  await Promise.all(features.map(close))
}
