import { join } from 'node:path'
import { isNativeCommand } from '../../codex/codex-commands.js'
import { type CodexModel, readModels } from '../../codex/model-list.js'
import { createCommandEngine } from '../../commands/command-engine.js'
import { createCommandStage } from '../../commands/command-stage.js'
import { chooseModel } from '../../commands/model-choice.js'
import { NOTHING_TYPED, typedNames } from '../../commands/typed-names.js'
import { movedAction } from '../../config/codex-keymap.js'
import { readModelLimits } from '../../config/model-limits.js'
import { formatError } from '../../errors.js'
import { runExpansionHooks } from '../../hooks/expansion-hooks.js'
import { xdgFolder } from '../../paths.js'
import { openLedger } from '../../prompt/ledger.js'
import type { Feature, Run } from '../feature.js'

/** Slash commands: expands prompts in requests. */
export function commandsFeature(run: Run): Feature {
  const { settings, env, folder, codex, snapshot, confirmed, log, notices, offers } = run
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
        read: snapshot.read,
        confirmed,
        reload: () => offers.reload?.() ?? 'Nothing can be reloaded in this run.',
        dialect,
        shellTimeoutMs,
        lists,
        say: (line) => notices.say(line),
        extensions: offers.extensions,
        review: async (command, args, prompt, { sessionId, turnId, effort, signal }) => {
          const common = { session_id: sessionId, cwd: folder, ...(turnId !== undefined && { prompt_id: turnId }) }
          return await runExpansionHooks(offers.hooks, { command, args, prompt, common, effort, signal })
        },
      })
      offers.rows = () => expander.rows()
      offers.typed = typingIsUsual(run) ? typedNames(expander, isNativeCommand) : NOTHING_TYPED
      offers.status.set('commands', () => `${expander.index().commands.size}, dialect ${dialect}`)
      const stage = createCommandStage({
        ledger: openLedger(join(xdgFolder('state', env), 'ledger'), log, (path, error) =>
          notices.say(
            `${path} cannot be written (${formatError(error)}): commands work, but a resumed thread sends them as typed. Make the folder writable.`,
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
        choose: (command, turn) => {
          offers.grantTools?.(command, turn.turnId)
          const limits = readModelLimits({ cwd: folder, env, read: snapshot.read })
          return chooseModel(command, turn, (line) => notices.say(line), knownModels, limits)
        },
      })
      return { stages: [stage] }
    },
  }
}

/** Decides whether typed commands can be handled: not if codex's keymap assigns something else to Enter. */
function typingIsUsual({ invocation, env, interactive, notices }: Run): boolean {
  const moved = interactive ? movedAction(invocation, env) : null
  if (moved === null) return true
  notices.say(
    `commands typed in the TUI were not handled, since your codex keymap has ${moved}; type a space before the slash to use them.`,
  )
  return false
}
