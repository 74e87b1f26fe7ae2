import { argumentWords } from '../commands/argument-words.js'
import type { ExpandOptions, Expansion } from '../commands/expansion.js'
import { parseSlash, type SlashPrompt } from '../commands/slash-prompt.js'
import type { Ability, LoadedModule, ModuleAnswer, ModuleContext } from './module.js'

export interface ApplyOptions extends ExpandOptions {
  readonly cwd: string
  /** Takes the line that says what a module failed at. */
  onProblem(line: string): void
}

/**
 * Lets the modules work on a prompt, in the order of their priorities: the first answer counts; else each `mutatePrompt`
 * replaces the text and each `enhancePrompt` then goes on from it. Modules of ours leave a command file of their name alone.
 */
export async function applyModules(
  prompt: string,
  expansion: Expansion,
  modules: readonly LoadedModule[],
  options: ApplyOptions,
): Promise<Expansion> {
  const slash = parseSlash(prompt)
  // A command that failed has said why; nobody goes on from there.
  if (slash === null || slash.name === '' || expansion.outcome === 'local') return expansion
  const file = expansion.outcome === 'prompt'
  const run = createRun(slash, file ? expansion.text.join('\n\n') : null, options)
  const handlers = await run.handlers(file ? modules.filter(({ path }) => path !== null) : modules)
  if (handlers.length === 0 && run.failures.length === 0) return expansion

  for (const module of able(handlers, 'executeLocally')) {
    const answer = readAnswer(await run.call(module, 'executeLocally', [slash.name, slash.args]))
    if (answer !== null) return answered(expansion, module, slash, answer)
  }
  let by: LoadedModule | null = null
  for (const module of able(handlers, 'mutatePrompt')) {
    // A custom module was here: what comes with this package stands back.
    if (module.path === null && run.text !== null) continue
    if (await run.replace(module, 'mutatePrompt', [slash.name, slash.args])) by = module
  }
  for (const module of able(handlers, 'enhancePrompt')) {
    if (await run.replace(module, 'enhancePrompt', [run.text ?? slash.args])) by ??= module
  }
  if (by !== null && run.text !== null) {
    return { ...expansion, outcome: 'prompt', args: slash.args, text: [run.text], message: null, by: nameOf(by) }
  }
  // Who typed a module's command did not mean it for the model.
  const [failure] = run.failures
  if (failure === undefined || file) return expansion
  return {
    ...answered(expansion, null, slash, { text: `/${slash.name} did not work: ${failure}`, shared: false }),
    failed: true,
  }
}

/** Whom a prompt or an answer is from, where no command file is behind it. */
function nameOf({ name, path }: LoadedModule): NonNullable<Expansion['by']> {
  return { name, path }
}

function able(modules: readonly LoadedModule[], ability: Ability): LoadedModule[] {
  return modules.filter(({ abilities }) => abilities.includes(ability))
}

function answered(
  expansion: Expansion,
  module: LoadedModule | null,
  { args }: SlashPrompt,
  { text, shared }: { text: string; shared: boolean },
): Expansion {
  const by = module && nameOf(module)
  return { ...expansion, outcome: 'local', args, text: [], attachments: [], message: text, aside: !shared, by }
}

/** Undefined and null are no answer. */
function readAnswer(value: unknown): { text: string; shared: boolean } | null {
  if (typeof value === 'string') return { text: value, shared: false }
  const answer = value as Exclude<ModuleAnswer, string> | null | undefined
  return typeof answer?.text === 'string' ? { text: answer.text, shared: answer.shared === true } : null
}

/** What the modules of one prompt share: the text as it stands, and the failures. */
interface ModuleRun {
  readonly text: string | null
  readonly failures: readonly string[]
  handlers(modules: readonly LoadedModule[]): Promise<LoadedModule[]>
  /** Null where the call failed, which is told. */
  call(module: LoadedModule, ability: Ability, args: readonly unknown[]): Promise<unknown>
  /** Puts what a module returns in place of the text; says whether it did. */
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
    // Whether it was meant at all is not known of one that could not say so: what was typed goes on.
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
