import { join } from 'node:path'
import { isNativeCommand } from '../../codex/codex-commands.js'
import { type CodexModel, readModels } from '../../codex/model-list.js'
import { createCommandEngine } from '../../commands/command-engine.js'
import { createCommandStage } from '../../commands/command-stage.js'
import { chooseModel } from '../../commands/model-choice.js'
import { NOTHING_TYPED, typedNames } from '../../commands/typed-names.js'
import { movedAction } from '../../config/codex-keymap.js'
import { formatError } from '../../errors.js'
import { runExpansionHooks } from '../../hooks/expansion-hooks.js'
import { xdgFolder } from '../../paths.js'
import { openLedger } from '../../prompt/ledger.js'
import type { Feature, Run } from '../feature.js'

/** Slash commands: prompts are expanded on their way out. */
export function commandsFeature(run: Run): Feature {
  const { settings, env, folder, codex, log, notices, offers } = run
  const { dialect, shellTimeoutMs, commandLists: lists } = settings
  let models: Promise<readonly CodexModel[]> | undefined
  const knownModels = (): Promise<readonly CodexModel[]> => {
    models ??= readModels(codex, env)
    return models
  }
  return {
    async open() {
      const expander = createCommandEngine({
        cwd: folder,
        env,
        dialect,
        shellTimeoutMs,
        lists,
        extensions: offers.extensions,
        review: async (command, args, prompt, { sessionId, turnId, signal }) => {
          const common = { session_id: sessionId, cwd: folder, ...(turnId !== undefined && { prompt_id: turnId }) }
          return await runExpansionHooks(offers.hooks, { command, args, prompt, common, signal })
        },
      })
      offers.rows = () => expander.rows()
      offers.typed = typingIsUsual(run) ? typedNames(expander, isNativeCommand) : NOTHING_TYPED
      offers.status.set('commands', () => `${expander.index().commands.size}, dialect ${dialect}`)
      const stage = createCommandStage({
        ledger: openLedger(join(xdgFolder('state', env), 'ledger'), log, (place, error) =>
          notices.say(
            `${place} cannot be written (${formatError(error)}): commands work, and a resumed thread will show them as typed.`,
          ),
        ),
        dialect,
        log,
        expand: (prompt, turn, signal) =>
          expander.expand(prompt, {
            sessionId: turn.threadId,
            turnId: turn.turnId,
            effort: turn.effort,
            model: turn.model,
            signal,
          }),
        mentions: () => expander.mentions(),
        answersLocally: (name) => expander.answersLocally(name),
        choose: (command, turn) => chooseModel(command, turn, (line) => notices.say(line), knownModels),
      })
      return { stages: [stage] }
    },
  }
}

/** Where Enter means something else in codex, what is typed is left alone. */
function typingIsUsual({ invocation, env, interactive, notices }: Run): boolean {
  const moved = interactive ? movedAction(invocation, env) : null
  if (moved === null) return true
  notices.say(
    `commands typed in the TUI were left to codex, since your keymap has ${moved}; with a space in front of the slash they work.`,
  )
  return false
}
