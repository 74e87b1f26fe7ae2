import { readSettingsLayers, type SettingsFolder } from './claude-settings.js'
import { wildcard } from './wildcard.js'

/** What settings files forbid about the model of a turn (claude-code-2.1 section 7). */
export interface ModelLimits {
  /** The highest level of effort; null for none. */
  readonly maxEffort: string | null
  /** Globs of models that may not be used. */
  readonly deniedModels: readonly string[]
}

/** The levels of effort, lowest first; codex's models have some of them. */
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra']

/** Reads `maxEffortLevel` and `deniedModels` of all settings files, also of a project that is not trusted: they only forbid. */
export function readModelLimits(options: SettingsFolder): ModelLimits {
  const { layers } = readSettingsLayers(options)
  const levels = layers.flatMap(({ values: { maxEffortLevel: level } }) => (typeof level === 'string' ? [level] : []))
  return {
    maxEffort: levels.sort((a, b) => EFFORTS.indexOf(a) - EFFORTS.indexOf(b))[0] ?? null,
    deniedModels: layers.flatMap(({ values: { deniedModels: models } }) =>
      Array.isArray(models) ? (models as string[]) : [],
    ),
  }
}

/** Whether a level of effort is above the highest one that the settings allow. */
export function exceedsEffort(effort: string, { maxEffort }: ModelLimits): boolean {
  return maxEffort !== null && EFFORTS.indexOf(effort) > EFFORTS.indexOf(maxEffort)
}

/** Whether the settings forbid a model. */
export function isDeniedModel(model: string, { deniedModels }: ModelLimits): boolean {
  return deniedModels.some((pattern) => wildcard(pattern, model))
}
