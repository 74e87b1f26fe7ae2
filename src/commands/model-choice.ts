import type { CodexModel } from '../codex/model-list.js'
import { exceedsEffort, isDeniedModel, type ModelLimits } from '../config/model-limits.js'
import type { Turn } from '../prompt/turn.js'
import type { HeaderList } from '../request/header-list.js'
import type { Command } from './read-command.js'

/** The model and effort a command's front matter chooses for its turn; null for one that does not change. */
export interface ModelChoice {
  readonly model: string | null
  readonly effort: string | null
}

/**
 * Reads `model:` and `effort:` of a command. They apply if codex knows them and the model takes requests of the same
 * shape as the turn's model, and the settings do not forbid them; otherwise `onNotice` gets a warning that they are ignored.
 */
export async function chooseModel(
  command: Command,
  turn: Turn,
  onNotice: (line: string) => void,
  models: () => Promise<readonly CodexModel[]>,
  limits: ModelLimits = NO_LIMITS,
): Promise<ModelChoice | null> {
  const wanted = choiceIn(command.frontMatter.model)
  const effort = choiceIn(command.frontMatter.effort)
  if (wanted === null && effort === null) return null
  const known = await models()
  const current = known.find(({ slug }) => slug === turn.model)
  const target = wanted === null ? current : known.find(({ slug }) => slug === wanted)
  const problem =
    wanted !== null && isDeniedModel(wanted, limits)
      ? 'deniedModels of the settings names it'
      : modelProblem(wanted, target, current)
  if (problem !== null) onNotice(`${command.path}: model '${wanted}' is ignored: ${problem}.`)
  const model = wanted !== null && problem === null && wanted !== turn.model ? wanted : null
  const used = model === null ? current : target
  const effortKnown = effort === null || used?.efforts.includes(effort) === true
  if (!effortKnown) onNotice(`${command.path}: effort '${effort}' is ignored: the model has no such effort.`)
  const tooHigh = effort !== null && exceedsEffort(effort, limits)
  if (effortKnown && tooHigh) {
    onNotice(`${command.path}: effort '${effort}' is ignored: maxEffortLevel of the settings is ${limits.maxEffort}.`)
  }
  const chosen = { model, effort: effortKnown && !tooHigh ? effort : null }
  return (chosen.model ?? chosen.effort) ? chosen : null
}

const NO_LIMITS: ModelLimits = { maxEffort: null, deniedModels: [] }

function modelProblem(wanted: string | null, target?: CodexModel, current?: CodexModel): string | null {
  if (wanted === null) return null
  if (target === undefined) return 'codex does not know it'
  if (current === undefined) return "codex's model list does not contain the model of this turn"
  return target.shape === current.shape ? null : `it takes other requests than ${current.slug}`
}

/** Returns a non-empty string; null for anything else and for `inherit`. */
function choiceIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== 'inherit' ? value : null
}

/** Returns the headers with the routing hint set to a model (codex-0.169 section 2.2). */
export function routeToModel(headers: HeaderList, model: string): HeaderList {
  return headers.map(([name, value]) =>
    name.toLowerCase() === 'x-codex-routing-hint'
      ? [name, value.replace(/model=[^;,\s]*/, `model=${model}`)]
      : [name, value],
  )
}
