import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createCommandEngine } from '../../../src/commands/command-engine.js'
import { parseSlash } from '../../../src/commands/slash-prompt.js'
import type { AggregatedOutcome } from '../../../src/hooks/decide/aggregate.js'
import { contextTexts, denialText, feedbackTexts, refusalText } from '../../../src/hooks/decide/model-texts.js'
import { type ClaudeHooks, createHookEngine, type HookEngineOptions } from '../../../src/hooks/engine.js'
import { runExpansionHooks } from '../../../src/hooks/expansion-hooks.js'
import type { RecordedMessage } from './compare.js'
import { isPermitted, runTool, type ToolPlace } from './tools.js'

/** What the model of a case says: text, then calls. */
export interface Reply {
  readonly text?: string
  readonly tools?: ReadonlyArray<{ readonly name: string; readonly input: Readonly<Record<string, unknown>> }>
}

/** What a session of a case comes to. */
export interface Driven {
  readonly results: Array<{ result: string; stop_reason: string | null }>
  readonly requests: RecordedMessage[][]
}

export interface DriveOptions {
  readonly root: string
  readonly home: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly cliArgs: readonly string[]
  readonly turns: readonly string[]
  readonly script: readonly Reply[]
  readonly modelCall: NonNullable<HookEngineOptions['modelCall']>
  readonly callTool: NonNullable<HookEngineOptions['callTool']>
}

type Fields = Readonly<Record<string, unknown>>

/** How often in a row Stop hooks may keep a turn going. */
const STOP_CAP = 8

/** Plays a session of Claude Code's `-p` with the replies of a case, and asks the engine at every event. */
export async function drive(options: DriveOptions): Promise<Driven> {
  const session = new Session(options)
  await session.start()
  for (const turn of options.turns) await session.turn(turn)
  await session.event('SessionEnd', { reason: 'other' }, options.turns.length > 0 ? ['prompt'] : [])
  return session.driven
}

type Common = 'prompt' | 'mode' | 'effort'
const ALL: readonly Common[] = ['prompt', 'mode', 'effort']

class Session {
  readonly driven: Driven = { results: [], requests: [] }
  readonly #options: DriveOptions
  readonly #hooks: ClaudeHooks
  readonly #place: ToolPlace
  readonly #replies: Reply[]
  readonly #model: string
  #id: string = randomUUID()
  #promptId: string = randomUUID()
  #turnId: string = randomUUID()
  #messages: RecordedMessage[] = []
  /** What the next user message brings along: contexts of the start. */
  #waiting: string[] = []
  #calls = 0
  #before: Promise<unknown> = Promise.resolve()

  constructor(options: DriveOptions) {
    const { cwd, home, env, cliArgs, modelCall, callTool } = options
    this.#options = options
    const envFolder = join(home, '.claude', 'session-env')
    // Claude Code's `-p`, which was recorded, runs what untrusted projects say.
    this.#hooks = createHookEngine({ cwd, env, assumeTrust: true, envFolder, modelCall, callTool })
    const after = (flag: string): string[] => (cliArgs.includes(flag) ? cliArgs.slice(cliArgs.indexOf(flag) + 1) : [])
    const mode = after('--permission-mode')[0] ?? 'default'
    const allowed = after('--allowedTools')
    this.#place = { cwd, home, projectDir: cwd, env, envFolder, mode, allowed }
    this.#replies = [...options.script]
    this.#model = after('--model')[0] ?? 'new'
  }

  async start(): Promise<void> {
    const { cliArgs } = this.#options
    if (cliArgs.includes('--init-only')) await this.event('Setup', { trigger: 'init' }, [])
    if (cliArgs.includes('--maintenance')) await this.event('Setup', { trigger: 'maintenance' }, [])
    const [report, payload] = await this.event('SessionStart', { source: 'startup' }, [])
    this.#waiting = contextTexts('SessionStart', payload, report)
  }

  /** One prompt of the user, to its end. */
  async turn(prompt: string): Promise<void> {
    this.#turnId = randomUUID()
    const before = this.#promptId
    this.#promptId = randomUUID()
    const slash = parseSlash(prompt)
    if (slash?.name === 'compact') {
      await this.#compact(slash.args)
      this.#promptId = before
      return
    }
    if (slash?.name === 'clear') return await this.#clear()
    const texts = await this.#expand(prompt)
    if (texts === null) return
    const [report, payload] = await this.event('UserPromptSubmit', { prompt }, ['prompt', 'mode'])
    const refusal = refusalText('UserPromptSubmit', payload, report)
    if (refusal !== null) return this.#end(refusal, null)
    const contexts = [...this.#waiting, ...contextTexts('UserPromptSubmit', payload, report)]
    this.#waiting = []
    this.#messages.push({ role: 'user', content: [...texts, ...contexts] })
    const { text, reason } = await this.#loop(this.#messages, {}, 'Stop', {})
    this.#end(text, reason)
  }

  /** Runs the hooks of an event with the fields Claude Code gives them, in its order. */
  async event(
    event: string,
    fields: Fields,
    common: readonly Common[],
    agent: Fields = {},
  ): Promise<[AggregatedOutcome, Fields]> {
    const payload = { ...this.#common(common, agent), hook_event_name: event, ...fields }
    // One event after the other: the hooks of the cases number their files without a lock.
    const running = this.#before.then(() => this.#hooks.run(event, payload))
    this.#before = running
    return [await running, payload]
  }

  #common(common: readonly Common[], agent: Fields = {}): Fields {
    const { home, root, cliArgs } = this.#options
    const slug = `${root.replace(/[^A-Za-z0-9]/g, '-')}-project`
    const named = cliArgs.includes('--agent') ? { agent_type: cliArgs[cliArgs.indexOf('--agent') + 1] } : {}
    // Older models have no effort.
    const effort = common.includes('effort') && this.#model === 'new' ? { effort: { level: 'high' } } : {}
    return {
      session_id: this.#id,
      transcript_path: join(home, '.claude', 'projects', slug, `${this.#id}.jsonl`),
      cwd: this.#place.cwd,
      ...(common.includes('prompt') ? { prompt_id: this.#promptId } : {}),
      ...(common.includes('mode') ? { permission_mode: this.#place.mode } : {}),
      ...named,
      ...agent,
      ...effort,
    }
  }

  #end(result: string, reason: string | null): void {
    this.driven.results.push({ result, stop_reason: reason })
  }

  /** The texts that are sent for a prompt; null where it was answered without the model. */
  async #expand(prompt: string): Promise<readonly string[] | null> {
    const { cwd, env } = this.#options
    const expander = createCommandEngine({
      cwd,
      env,
      dialect: 'claude',
      shellTimeoutMs: 10_000,
      assumeTrust: true,
      review: (command, args, text) =>
        runExpansionHooks(this.#hooks, {
          command,
          args,
          prompt: text,
          common: this.#common(['prompt', 'mode']),
          signal: undefined,
        }),
    })
    const { outcome, text, message } = await expander.expand(prompt, { sessionId: this.#id, effort: 'high' })
    if (outcome === 'prompt' || outcome === 'passthrough') return text
    this.#end(message ?? '', null)
    return null
  }

  async #compact(instructions: string): Promise<void> {
    const fields = { trigger: 'manual', custom_instructions: instructions === '' ? null : instructions }
    const [report, payload] = await this.event('PreCompact', fields, ['prompt'])
    this.#end(refusalText('PreCompact', payload, report) ?? 'Not enough messages to compact.', null)
  }

  async #clear(): Promise<void> {
    await this.event('SessionEnd', { reason: 'clear' }, ['prompt'])
    this.#id = randomUUID()
    this.#messages = []
    const [report, payload] = await this.event('SessionStart', { source: 'clear' }, ['prompt'])
    this.#waiting = contextTexts('SessionStart', payload, report)
    this.#end('', null)
  }

  /** Asks the model until it stops, or hooks stop it. */
  async #loop(
    messages: RecordedMessage[],
    agent: Fields,
    stop: 'Stop' | 'SubagentStop',
    stopFields: Fields,
  ): Promise<{ text: string; reason: string | null }> {
    for (let blocks = 0; ; ) {
      const reply = this.#ask(messages)
      if (stop === 'Stop' && reply.text !== undefined) await this.#display(reply.text)
      if (reply.tools?.length) {
        if (await this.#runTools(reply.tools, messages, agent)) return { text: '', reason: 'tool_use' }
        continue
      }
      const text = reply.text ?? ''
      const fields = { stop_hook_active: blocks > 0, ...stopFields, last_assistant_message: text }
      const background = { background_tasks: [], session_crons: [] }
      const [report, payload] = await this.event(stop, { ...fields, ...background }, ALL, agent)
      const told = [...feedbackTexts(stop, payload, report), ...contextTexts(stop, payload, report)]
      if (told.length === 0 || !report.continue) return { text, reason: 'end_turn' }
      if (++blocks > STOP_CAP) return { text: '', reason: 'end_turn' }
      messages.push({ role: 'user', content: told })
    }
  }

  #ask(messages: RecordedMessage[]): Reply {
    this.driven.requests.push([...messages])
    this.#calls += 1
    const reply = this.#replies.shift() ?? { text: 'MOCK-DONE' }
    messages.push({ role: 'assistant', content: reply.text === undefined ? [] : [reply.text] })
    return reply
  }

  async #display(delta: string): Promise<void> {
    const fields = { turn_id: this.#turnId, message_id: randomUUID(), index: 0, final: true, delta }
    await this.event('MessageDisplay', fields, ['prompt'])
  }

  /** Runs the calls of one reply at once; whether hooks stop the turn then. */
  async #runTools(tools: NonNullable<Reply['tools']>, messages: RecordedMessage[], agent: Fields): Promise<boolean> {
    const content: Array<string | Fields> = []
    const told: string[] = []
    let stopped = false
    const calls = await Promise.all(
      tools.map(async ({ name, input }, at) => {
        const id = `toolu_mock_${this.#calls}_${tools.length === 1 ? 0 : at + (messages.at(-1)?.content.length ?? 0)}`
        const given = name === 'Edit' ? { ...input, replace_all: false } : input
        const ran = await this.#runTool(name, given, id, agent, told)
        content.push({ type: 'tool_result', content: ran.text, is_error: ran.failed })
        stopped ||= ran.stopped
        return { tool_name: name, tool_input: given, tool_use_id: id, tool_response: ran.text }
      }),
    )
    const [report, payload] = await this.event('PostToolBatch', { tool_calls: calls }, ALL, agent)
    messages.push({ role: 'user', content: [...content, ...told, ...contextTexts('PostToolBatch', payload, report)] })
    return stopped || report.blocked || !report.continue
  }

  async #runTool(
    name: string,
    input: Fields,
    id: string,
    agent: Fields,
    told: string[],
  ): Promise<{ text: string; failed: boolean; stopped: boolean }> {
    const call = { tool_name: name, tool_input: input }
    const [pre, payload] = await this.event('PreToolUse', { ...call, tool_use_id: id }, ALL, agent)
    told.push(...contextTexts('PreToolUse', payload, pre))
    const stopped = !pre.continue
    const denied = denialText('PreToolUse', payload, pre) ?? (pre.decision === 'ask' ? (pre.reason ?? '') : null)
    if (denied !== null) return { text: denied, failed: true, stopped }
    const used = pre.updatedInput ?? input
    if (name === 'Agent') return { text: await this.#runAgent(used), failed: false, stopped }
    if (pre.decision !== 'allow' && !isPermitted(name, used, this.#place)) {
      return { text: "you haven't granted it yet", failed: true, stopped }
    }
    const { text, failed, response } = await runTool(name, used, this.#place)
    const event = failed ? 'PostToolUseFailure' : 'PostToolUse'
    const fields = failed
      ? { ...call, tool_use_id: id, error: text, is_interrupt: false, duration_ms: 0 }
      : { ...call, tool_response: response, tool_use_id: id, duration_ms: 0 }
    const [post, after] = await this.event(event, fields, ALL, agent)
    told.push(...feedbackTexts(event, after, post), ...contextTexts(event, after, post))
    return { text, failed, stopped: stopped || !post.continue }
  }

  async #runAgent(input: Fields): Promise<string> {
    const agent = { agent_id: '{{AGENT_ID}}', agent_type: input.subagent_type }
    const [report, payload] = await this.event('SubagentStart', {}, ['prompt'], agent)
    const contexts = contextTexts('SubagentStart', payload, report)
    const messages = [{ role: 'user', content: [String(input.prompt), ...contexts] }]
    const transcript = String(this.#common([]).transcript_path).replace(/\.jsonl$/, '')
    const path = join(transcript, 'subagents', 'agent-{{AGENT_ID}}.jsonl')
    return (await this.#loop(messages, agent, 'SubagentStop', { agent_transcript_path: path })).text
  }
}
