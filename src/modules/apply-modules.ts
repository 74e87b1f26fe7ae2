import { argumentWords } from '../commands/argument-words.js'
import type { ExpandOptions, Expansion } from '../commands/expansion.js'
import { parseSlash, type SlashPrompt } from '../commands/slash-prompt.js'
import type { Ability, LoadedModule, ModuleAnswer, ModuleContext } from './module.js'

export interface ApplyOptions extends ExpandOptions {
  readonly cwd: string
  /** Receives the error message of a module that failed. */
  onProblem(line: string): void
}

/**
 * Runs the modules on a prompt, in the order of their priorities: the first local answer wins; else each `mutatePrompt`
 * replaces the text and each `enhancePrompt` then extends it. Built-in modules do nothing when a command file of their name
 * exists.
 */
export async function applyModules(
  prompt: string,
  expansion: Expansion,
  modules: readonly LoadedModule[],
  options: ApplyOptions,
): Promise<Expansion> {
  const slash = parseSlash(prompt)
  // A failed command already has its error message; no module runs after it.
  if (slash === null || slash.name === '' || expansion.outcome === 'local') return expansion
  const file = expansion.outcome === 'prompt'
  const run = createRun(slash, file ? expansion.text.join('\n\n') : null, options)
  const handlers = await run.handlers(file ? modules.filter(({ path }) => path !== null) : modules)
  if (handlers.length === 0 && run.failures.length === 0) return expansion

  for (const module of withAbility(handlers, 'executeLocally')) {
    const answer = readAnswer(await run.call(module, 'executeLocally', [slash.name, slash.args]))
    if (answer !== null) return answered(expansion, module, slash, answer)
  }
  let by: LoadedModule | null = null
  for (const module of withAbility(handlers, 'mutatePrompt')) {
    // A custom module has made a prompt: built-in modules do not replace it.
    if (module.path === null && run.text !== null) continue
    if (await run.replace(module, 'mutatePrompt', [slash.name, slash.args])) by = module
  }
  for (const module of withAbility(handlers, 'enhancePrompt')) {
    if (await run.replace(module, 'enhancePrompt', [run.text ?? slash.args])) by ??= module
  }
  if (by !== null && run.text !== null) {
    const made = { outcome: 'prompt', args: slash.args, text: [run.text], message: null, by: nameOf(by) } as const
    return { ...expansion, ...made, failed: false }
  }
  // The user called a module's command: the text is not sent to the model.
  const [failure] = run.failures
  if (failure === undefined || file) return expansion
  return {
    ...answered(expansion, null, slash, { text: `/${slash.name} did not work: ${failure}`, shared: false }),
    failed: true,
  }
}

/** Names the module that made a prompt or an answer, for one without a command file. */
function nameOf({ name, path }: LoadedModule): NonNullable<Expansion['by']> {
  return { name, path }
}

function withAbility(modules: readonly LoadedModule[], ability: Ability): LoadedModule[] {
  return modules.filter(({ abilities }) => abilities.includes(ability))
}

function answered(
  expansion: Expansion,
  module: LoadedModule | null,
  { args }: SlashPrompt,
  { text, shared }: { text: string; shared: boolean },
): Expansion {
  const by = module && nameOf(module)
  return {
    ...expansion,
    outcome: 'local',
    args,
    text: [],
    attachments: [],
    message: text,
    aside: !shared,
    by,
    failed: false,
  }
}

/** Reads what `executeLocally` returned; null when it is not an answer. */
function readAnswer(value: unknown): { text: string; shared: boolean } | null {
  if (typeof value === 'string') return { text: value, shared: false }
  const answer = value as Exclude<ModuleAnswer, string> | null | undefined
  return typeof answer?.text === 'string' ? { text: answer.text, shared: answer.shared === true } : null
}

/** The state that the modules of one prompt share: the current text and the errors. */
interface ModuleRun {
  readonly text: string | null
  readonly failures: readonly string[]
  handlers(modules: readonly LoadedModule[]): Promise<LoadedModule[]>
  /** Calls a function of a module; null when it failed, which is reported. */
  call(module: LoadedModule, ability: Ability, args: readonly unknown[]): Promise<unknown>
  /** Replaces the text with what a module returns; returns false when the call failed. */
  replace(module: LoadedModule, ability: Ability, args: readonly unknown[]): Promise<boolean>
}

function createRun({ name, args }: SlashPrompt, given: string | null, options: ApplyOptions): ModuleRun {
  const failures: string[] = []
  let text = given
  const words = argumentWords(args)
  const context = (): ModuleContext => ({
    command: name,
    args,
    words,
    prompt: text,
    cwd: options.cwd,
    sessionId: options.sessionId,
    model: options.model ?? null,
    effort: options.effort,
  })
  const fail = (line: string, call: Ability | 'canHandle'): void => {
    // Without a result of canHandle it is unknown whether the command is for the module: the prompt is sent on.
    if (call !== 'canHandle') failures.push(line)
    options.onProblem(`${line}; the module is skipped.`)
  }
  const attempt = async (module: LoadedModule, call: Ability | 'canHandle', input: readonly unknown[]) => {
    try {
      return await module.call(call, input)
    } catch (error) {
      fail((error as Error).message, call)
      return null
    }
  }
  const run: ModuleRun = {
    get text() {
      return text
    },
    failures,
    async handlers(modules) {
      const result: LoadedModule[] = []
      for (const module of modules) if ((await attempt(module, 'canHandle', [name, args])) === true) result.push(module)
      return result
    },
    call: (module, ability, input) => attempt(module, ability, [...input, context()]),
    async replace(module, ability, input) {
      const before = failures.length
      const value = await run.call(module, ability, input)
      if (failures.length > before) return false
      if (typeof value !== 'string') {
        fail(`${module.path ?? module.name}: ${ability} returned no text`, ability)
        return false
      }
      text = value
      return true
    },
  }
  return run
}
