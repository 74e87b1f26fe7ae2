import { join } from 'node:path'
import { type CodexModel, readModels } from '../codex/models.js'
import { chooseModel } from '../commands/choice.js'
import { createExpander } from '../commands/expander.js'
import { createCommandStage } from '../commands/stage.js'
import { xdgFolder } from '../config/paths.js'
import type { Settings } from '../config/settings.js'
import type { Log } from '../log/log.js'
import { openLedger } from '../prompt/ledger.js'
import type { Stage } from '../proxy/exchange.js'
import type { Session } from './run.js'

/** Makes the stages of a run, in the order they see a request; none in safe mode. */
export function createStages(options: Session & { readonly settings: Settings; readonly log: Log }): Stage[] {
  const { settings, env, cwd, codex, log, notices } = options
  if (settings.safe || !settings.commands) return []
  const { dialect, shellTimeoutMs } = settings
  const expander = createExpander({ cwd, env, dialect, shellTimeoutMs })
  let models: Promise<readonly CodexModel[]> | undefined
  const knownModels = (): Promise<readonly CodexModel[]> => {
    models ??= readModels(codex, env)
    return models
  }
  return [
    createCommandStage({
      ledger: openLedger(join(xdgFolder('state', env), 'ledger'), log),
      dialect,
      log,
      expand: (prompt, turn) => expander.expand(prompt, { sessionId: turn.threadId, effort: turn.effort }),
      choose: (command, turn) => chooseModel(command, turn, (line) => notices.say(line), knownModels),
    }),
  ]
}
