import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/request/request-body.js'
import { type Reply, type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { hookScript, toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { LOST_KEYS, openScreen, type Screen } from './screen.js'

let upstream: ScriptedUpstream
let lab: Lab
let screen: Screen
let script: (n: number) => Reply

beforeEach(async () => {
  script = () => [says('the answer')]
  upstream = await startScriptedUpstream((_n, { body }) => {
    // The title of the thread is asked for on the side.
    const isTitle = JSON.stringify(body.client_metadata ?? {}).includes('thread_title')
    return isTitle ? [says('{"title":"t"}')] : script(turns.push(body) - 1)
  })
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
})
let turns: JsonObject[] = []
afterEach(async () => {
  turns = []
  await screen.close()
  lab.remove()
  await upstream.close()
})

const isThere = (name: string): boolean => existsSync(join(lab.project, name))
const answer = (event: string, fields: JsonObject): string =>
  JSON.stringify({ hookSpecificOutput: { hookEventName: event, ...fields } })

function configure(hooks: Readonly<Record<string, { answer?: string; exit?: number; stderr?: string }>>): void {
  const settings = Object.entries(hooks).map(([event, said]) => {
    lab.write(`.claude/${event}.sh`, hookScript(`.claude/${event}.jsonl`, said))
    return [event, [{ hooks: [{ type: 'command', command: `sh .claude/${event}.sh` }] }]]
  })
  lab.write('.claude/settings.json', JSON.stringify({ hooks: Object.fromEntries(settings) }))
}

function given(event: string): JsonObject[] {
  const file = join(lab.project, `.claude/${event}.jsonl`)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as JsonObject)
}

async function start(...args: string[]): Promise<void> {
  screen = openScreen(lab, CODEX_PLUS, args)
  await screen.waitFor(/›/)
}
async function prompt(text: string): Promise<void> {
  await screen.enter(text)
}
const leave = (): Promise<unknown> => screen.leave()

describe('hooks in the TUI', LOST_KEYS, () => {
  it('deny a tool, add contexts, and codex shows no warning', async () => {
    configure({
      SessionStart: { answer: 'printed at the start' },
      PreToolUse: {
        answer: answer('PreToolUse', { permissionDecision: 'deny', permissionDecisionReason: 'never touch' }),
      },
      SessionEnd: {},
    })
    script = (n) => (n === 0 ? [toolCall('code', 0, 'exec_command', { cmd: 'touch denied.txt' })] : [says('all done')])
    await start()
    await prompt('go')
    await screen.waitFor(/all done/)
    expect(isThere('denied.txt')).toBe(false)
    expect(JSON.stringify(turns[0])).toContain('printed at the start')
    expect(JSON.stringify(turns[1])).toContain('never touch')
    expect(screen.bytes()).not.toMatch(/need review|hook trust|bypass/i)
    await leave()
    expect(given('SessionEnd')).toMatchObject([{ reason: 'prompt_input_exit' }])
  })

  it('hold a prompt back, and nothing is sent', async () => {
    configure({ UserPromptSubmit: { exit: 2, stderr: 'not today' } })
    await start()
    await prompt('my secret plan')
    await screen.waitFor(/not today/)
    expect(turns).toHaveLength(0)
  })

  it('keep the model going at a stop, eight times', async () => {
    configure({ Stop: { answer: JSON.stringify({ decision: 'block', reason: 'go on' }) } })
    script = (n) => [says(`answer number ${n}`)]
    await start()
    await prompt('go')
    await screen.waitFor(() => given('Stop').length === 9, 30_000)
    expect(turns).toHaveLength(9)
  })

  it('answer a permission request, or are notified of it', async () => {
    configure({ Notification: {}, PermissionRequest: {} })
    const call = { cmd: 'touch asked.txt', sandbox_permissions: 'require_escalated', justification: 'because' }
    script = (n) => (n === 0 ? [toolCall('code', 0, 'exec_command', call)] : [says('all done')])
    await start('-a', 'on-request', '-s', 'read-only')
    await prompt('go')
    await screen.waitFor(/touch asked\.txt/)
    await screen.waitFor(() => given('Notification').length > 0)
    expect(given('PermissionRequest')).toMatchObject([
      { tool_name: 'Bash', tool_input: { command: 'touch asked.txt' }, permission_suggestions: [] },
    ])
    expect(given('Notification')).toMatchObject([{ notification_type: 'permission_prompt' }])
  })

  it('hold a compaction back, also where a start file of the shell prints', async () => {
    configure({ PreCompact: { exit: 2, stderr: 'KEEP IT ALL' } })
    script = (n) => [says(`answer number ${n}`)]
    const noise = join(lab.root, 'env.sh')
    writeFileSync(noise, 'echo NOISE\n')
    // codex-plus cannot keep its own start file where bash would expand the path.
    screen = openScreen(
      { ...lab, env: { ...lab.env, BASH_ENV: noise, XDG_STATE_HOME: `${lab.root}/a$b` } },
      CODEX_PLUS,
      [],
    )
    await screen.waitFor(/›/)
    await prompt('one')
    await screen.waitFor(/answer number 0/)
    await prompt('/compact')
    await screen.waitFor(/KEEP IT ALL/)
    expect(turns).toHaveLength(1)
  })

  it('are told of a cleared session and of a compaction', async () => {
    configure({ SessionStart: {}, SessionEnd: {}, PreCompact: {}, PostCompact: {} })
    script = (n) =>
      JSON.stringify(turns[n]).includes('compaction_trigger')
        ? [{ type: 'compaction', encrypted_content: 'x' }]
        : [says(`answer number ${n}`)]
    await start()
    await prompt('one')
    await screen.waitFor(/answer number 0/)
    await prompt('/compact')
    await screen.waitFor(() => given('PostCompact').length > 0)
    expect(given('PreCompact')).toMatchObject([{ trigger: 'manual', custom_instructions: null }])
    await prompt('two')
    await screen.waitFor(/answer number 2/)
    await prompt('/clear')
    await screen.waitFor((text) => !text.includes('answer number 2'))
    await prompt('three')
    await screen.waitFor(/answer number 3/)
    expect(given('SessionStart').map(({ source }) => source)).toEqual(['startup', 'compact', 'clear'])
    await leave()
    const [first, second, ...more] = given('SessionEnd')
    expect([first?.reason, second?.reason, more]).toEqual(['clear', 'prompt_input_exit', []])
    expect(first?.session_id).toBe(given('SessionStart')[0]?.session_id)
  })
})
