import { join } from 'node:path'
import { isNativeCommand, nativeCommands } from '../../codex/codex-commands.js'
import { type CodexModel, readModels } from '../../codex/model-list.js'
import { type CommandEngine, createCommandEngine } from '../../commands/command-engine.js'
import { createCommandStage, type TurnCommands } from '../../commands/command-stage.js'
import type { Expansion } from '../../commands/expansion.js'
import { chooseModel } from '../../commands/model-choice.js'
import { mistypedHint, parseSlash } from '../../commands/slash-prompt.js'
import { followingNames, NOTHING_TYPED, type TypedNames, typedNames } from '../../commands/typed-names.js'
import { movedAction } from '../../config/codex-keymap.js'
import { readModelLimits } from '../../config/model-limits.js'
import { formatError } from '../../errors.js'
import { runExpansionHooks } from '../../hooks/expansion-hooks.js'
import { homeFolder, statsOf, xdgFolder } from '../../paths.js'
import { openLedger } from '../../prompt/ledger.js'
import type { Turn } from '../../prompt/turn.js'
import { type ByFolder, byFolder } from '../by-folder.js'
import type { Feature, Run } from '../feature.js'

/** Slash commands: prompts are expanded in the requests of codex. */
export function commandsFeature(run: Run): Feature {
  const { env, folder, folders, codex, log, notices, offers } = run
  let models: Promise<readonly CodexModel[]> | undefined
  const knownModels = (): Promise<readonly CodexModel[]> => {
    models ??= readModels(codex, env)
    return models
  }
  const opened = byFolder((of) => openFolder(of, run))
  const folderOf = (turn: Turn): string =>
    turn.forTitle ? folders.newest() : folders.of(turn.threadId, turn.ancestors)
  return {
    async open() {
      await opened.of(folder).ready
      offers.rows = (of) => opened.of(of).commands()?.engine.rows() ?? []
      offers.hintFor = async (of, prompt) => hintOf(prompt, (await opened.of(of).ready)?.engine)
      offers.typed = typingIsUsual(run) ? followingNames((shown) => namesIn(shown, opened, run)) : NOTHING_TYPED
      offers.status.set('commands', () => statusLine(opened.of(folders.newest()).commands()))
      const stage = createCommandStage({
        ledger: openLedger(join(xdgFolder('state', env), 'ledger'), log, (path, error) =>
          notices.say(
            `${path} cannot be written (${formatError(error)}): commands work, but a resumed thread sends them as typed. Make the folder writable.`,
          ),
        ),
        log,
        async commandsOf(turn) {
          const commands = await opened.of(folderOf(turn)).ready
          return commands && turnCommands(commands, run)
        },
        choose: (command, turn) => {
          const of = folderOf(turn)
          offers.grantTools?.(command, turn.turnId, of)
          const limits = readModelLimits({ cwd: of, env, read: run.snapshot.read })
          return chooseModel(command, turn, (line) => notices.say(line), knownModels, limits)
        },
      })
      return { stages: [stage] }
    },
  }
}

/** The slash commands of one folder. */
interface FolderCommands {
  readonly engine: CommandEngine
  readonly dialect: 'auto' | 'claude'
  readonly typed: TypedNames
}

/** The slash commands of a folder, which are opened once its settings are read. */
interface Opening {
  /** Resolves to null where slash commands are switched off. */
  readonly ready: Promise<FolderCommands | null>
  commands(): FolderCommands | null
}

function openFolder(folder: string, run: Run): Opening {
  let commands: FolderCommands | null = null
  const open = async (): Promise<FolderCommands | null> => {
    const settings = await run.settingsOf(folder)
    if (!settings.commands) return null
    const { dialect, shellTimeoutMs, commandLists: lists } = settings
    const { env, snapshot, offers } = run
    const engine = createCommandEngine({
      cwd: folder,
      env,
      read: snapshot.read,
      confirmed: run.confirmedOf(folder),
      reload: () => offers.reload?.() ?? 'Nothing can be reloaded in this run.',
      dialect,
      shellTimeoutMs,
      lists,
      say: (line) => run.notices.say(line),
      extensions: offers.extensions.of(folder),
      review: async (command, args, prompt, { sessionId, turnId, effort, signal }) => {
        const refusal = offers.refusalOf?.(command, folder) ?? null
        if (refusal !== null) return { refusal, contexts: [] }
        const common = { session_id: sessionId, cwd: folder, ...(turnId !== undefined && { prompt_id: turnId }) }
        return await runExpansionHooks(offers.hooksOf?.(folder), { command, args, prompt, common, effort, signal })
      },
    })
    commands = { engine, dialect, typed: typedNames(engine, isNativeCommand) }
    return commands
  }
  return { ready: open(), commands: () => commands }
}

function turnCommands({ engine, dialect }: FolderCommands, { notices }: Run): TurnCommands {
  return {
    dialect,
    async expand(prompt, turn, signal) {
      const { threadId: sessionId, turnId, effort, model } = turn
      const expansion = await engine.expand(prompt, { sessionId, turnId, effort, model, signal })
      const hint = isSentAsTyped(expansion, turn) ? hintOf(prompt, engine) : null
      if (hint !== null) notices.say(hint)
      return expansion
    },
    mentions: () => engine.mentions(),
    answersLocally: (name) => engine.answersLocally(name),
  }
}

/** In the TUI codex itself rejects what it does not know, and a hook's answer shows the hint for what it lets through. */
function isSentAsTyped({ outcome }: Expansion, { trigger }: Turn): boolean {
  return outcome === 'passthrough' && trigger === 'exec'
}

function hintOf(prompt: string, engine: CommandEngine | undefined): string | null {
  if (engine === undefined || !prompt.trimStart().startsWith('/')) return null
  const hint = mistypedHint(prompt.trimStart(), new Set([...engine.names(), ...nativeCommands()]))
  const name = parseSlash(prompt.trimStart())?.name ?? ''
  return engine.mayHave(name) ? null : hint
}

/** Returns the names that can be typed in the folder of the thread on the screen. */
async function namesIn(
  shown: readonly string[],
  opened: ByFolder<Opening>,
  { env, folders }: Run,
): Promise<TypedNames> {
  const paths = shown.map((part) => part.replace(/^~(?=\/|$)/, homeFolder(env))).filter((part) => part.startsWith('/'))
  const folder = paths.find((path) => statsOf(path)?.isDirectory()) ?? folders.newest()
  return (await opened.of(folder).ready)?.typed ?? NOTHING_TYPED
}

function statusLine(commands: FolderCommands | null): string {
  return commands === null ? 'off' : `${commands.engine.index().commands.size}, dialect ${commands.dialect}`
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
